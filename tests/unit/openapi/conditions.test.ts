import { expect, it, onTestFinished, vi } from 'vitest'
import openapi from '../../../functions/openapi.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

it('answers 304 to the tag of a compressed document, whatever its digest ends in', async () => {
  const ctx = { waitUntil: () => undefined }
  const get = (env: Environment, headers: Record<string, string>) =>
    openapi.fetch(new Request('http://localhost/openapi.json', { headers }), env, ctx)
  const statuses = new Set<number>()
  for (let count = 0; count < 400; count += 1) {
    const env = { OPENAPI: JSON.stringify({ count, padding: ' '.repeat(1024) }) } as unknown as Environment
    const tag = (await get(env, { 'Accept-Encoding': 'gzip' })).headers.get('ETag') ?? ''
    expect(tag).toMatch(/-gzip"$/)
    statuses.add((await get(env, { 'If-None-Match': tag })).status)
  }
  expect([...statuses]).toEqual([304])
})

it.each([
  ['*', 304],
  ['"another"', 200],
  ['not a tag', 400],
])('answers to If-None-Match: %s as for objects', async (condition, status) => {
  const request = new Request('http://localhost/openapi.json', { headers: { 'If-None-Match': condition } })
  const env = { OPENAPI: '{}' } as unknown as Environment
  expect((await openapi.fetch(request, env, { waitUntil: () => undefined })).status).toBe(status)
})

it('compresses a document once', async () => {
  const compressing = vi.spyOn(globalThis, 'CompressionStream')
  onTestFinished(() => compressing.mockRestore())
  const env = {
    OPENAPI: JSON.stringify({ title: 'compressed once', padding: ' '.repeat(4096) }),
  } as unknown as Environment
  const headers = { 'Accept-Encoding': 'gzip' }
  const get = () =>
    openapi.fetch(new Request('http://localhost/openapi.json', { headers }), env, { waitUntil: () => undefined })
  const tags = new Set<string | null>()
  for (let count = 0; count < 3; count += 1) {
    const answer = await get()
    expect(answer.headers.get('Content-Encoding')).toBe('gzip')
    tags.add(answer.headers.get('ETag'))
    const bytes = await answer.arrayBuffer()
    expect(answer.headers.get('Content-Length')).toBe(String(bytes.byteLength))
    const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
    expect(text).toBe(env.OPENAPI)
  }
  expect(tags.size).toBe(1)
  expect(compressing).toHaveBeenCalledTimes(1)
})
