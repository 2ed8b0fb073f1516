import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeClient } from '../../../shared/kube/index.ts'
import { serviceAccountToken } from '../../../shared/kube/token.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

/** An environment whose token file answers with the next of these, and the addresses that were read. */
function fileOf(...answers: (() => Response)[]) {
  const asked: string[] = []
  const fetch = async (address: string) => {
    asked.push(address)
    const answer = answers.shift()
    if (answer === undefined) throw new TypeError('the directory is gone')
    return answer()
  }
  return { env: { KUBE_TOKEN: { fetch } } as unknown as Environment, asked }
}

const file =
  (text: string, status = 200) =>
  () =>
    new Response(text, { status })

describe('the token of the ServiceAccount', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  it('is the content of the file without the line feed, read again after 10 s', async () => {
    const { env, asked } = fileOf(file('one\n'), file('two\n'))
    expect(await serviceAccountToken(env)).toBe('one')
    vi.setSystemTime(Date.now() + 9_999)
    expect(await serviceAccountToken(env)).toBe('one')
    vi.setSystemTime(Date.now() + 1)
    expect(await serviceAccountToken(env)).toBe('two')
    expect(asked).toEqual(['http://token/token', 'http://token/token'])
  })

  it('is read at once if the API server has refused the cached one, and cached again', async () => {
    const { env } = fileOf(file('one'), file('two'))
    await serviceAccountToken(env)
    expect(await serviceAccountToken(env, { fresh: true })).toBe('two')
    expect(await serviceAccountToken(env, { fresh: false })).toBe('two')
  })

  it.each([
    ['is absent', [file('not found', 404)], 'reading the token failed with status 404'],
    ['is empty', [file(' \n')], 'reading the token failed with status 200'],
    ['cannot be read', [], new TypeError('the directory is gone')],
  ])('is missing while the file %s', async (_, answers, cause) => {
    const { env } = fileOf(...answers)
    await expect(serviceAccountToken(env)).rejects.toMatchObject({
      code: 'cluster_unavailable',
      detail: 'This server has no credentials for the cluster.',
      headers: { 'Retry-After': '5' },
      cause,
    })
  })
})

describe('a request whose token the API server refuses', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is sent again with a fresh one, before the same deadline', async () => {
    const sent: (string | null)[] = []
    const KUBE = {
      async fetch(request: Request) {
        sent.push(request.headers.get('Authorization'))
        const { promise, resolve, reject } = Promise.withResolvers<Response>()
        request.signal.addEventListener('abort', () => reject(request.signal.reason))
        if (sent.length === 1) setTimeout(() => resolve(new Response('{}', { status: 401 })), 8_000)
        return promise
      },
    }
    const env = { ...fileOf(file('one'), file('two')).env, KUBE } as Environment
    const started = Date.now()
    const read = createKubeClient(env)
      .objects({ group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }, 'org-acme')
      .get('edc')
      .catch((error) => [error.code, Date.now() - started])
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent).toEqual(['Bearer one', 'Bearer two'])
    expect(await read).toEqual(['deadline_exceeded', 10_000])
  })
})
