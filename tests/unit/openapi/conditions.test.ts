import { expect, it } from 'vitest'
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
