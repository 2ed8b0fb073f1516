/** In which turn a request begins: that of its caller, if its token has been verified before. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { createCallers } from '../../../../infra/runtimes/bun/callers.ts'
import { requestTurns } from '../../../../infra/runtimes/bun/request-turns.ts'
import { serveHttp } from '../../../../infra/runtimes/bun/server.ts'

const headersOf = (authorization?: string): Headers =>
  new Headers(authorization === undefined ? {} : { Authorization: authorization })

it('knows a caller by the token, however its scheme is written', () => {
  const callers = createCallers()
  callers.note(headersOf('Bearer one'), 'ada')
  expect(['Bearer one', 'bEaReR  one', 'DPoP one'].map((text) => callers.likely(headersOf(text)))).toEqual(
    Array(3).fill('ada'),
  )
  expect([callers.likely(headersOf('Bearer two')), callers.likely(headersOf())]).toEqual([undefined, undefined])
})

it('forgets the token that was used longest ago', () => {
  const callers = createCallers()
  for (let index = 0; index < 1_000; index += 1) callers.note(headersOf(`Bearer t-${index}`), 'ada')
  callers.note(headersOf('Bearer t-0'), 'ada')
  callers.note(headersOf('Bearer another'), 'bob')
  expect(['t-0', 't-1', 't-2', 'another'].map((token) => callers.likely(headersOf(`Bearer ${token}`)))).toEqual([
    'ada',
    undefined,
    'ada',
    'bob',
  ])
})

it('lets a known caller begin before many requests of which nothing is known', async () => {
  const serve = vi.fn<typeof Bun.serve>()
  vi.stubGlobal('Bun', { serve })
  onTestFinished(() => void vi.unstubAllGlobals())
  const callers = createCallers()
  const begun: string[] = []
  serveHttp({
    listen: '127.0.0.1:0',
    callers,
    async handle({ headers }) {
      begun.push(headers.get('X-Name') ?? '')
      return new Response()
    },
  })
  const server = { timeout: () => undefined, requestIP: () => ({ address: '127.0.0.1' }) } as unknown as BunServer
  const ask = (path: string, name: string, authorization?: string) =>
    serve.mock.lastCall?.[0].fetch(
      new Request(`http://api.example${path}`, {
        headers: { Host: 'api.example', 'X-Name': name, ...(authorization && { Authorization: authorization }) },
      }),
      server,
    )
  // A turn is given to verified callers only.
  const turns = requestTurns({}, callers)
  const turn = await turns.take('ada', { body: null, headers: headersOf('Bearer known') }, {})
  expect(turns.taken).toBe(1)
  turn.end()
  expect(turns.taken).toBe(0)
  const all = [
    ...Array.from({ length: 12 }, (_, index) => ask(`/v1/organizations?x=${index}`, 'unknown', `Bearer x-${index}`)),
    ask('/v1/organizations', 'known', 'Bearer known'),
    ask('/healthz', 'probe'),
  ]
  await Promise.all(all)
  // Four begin at once.
  expect(begun.slice(4, 8).toSorted()).toEqual(['known', 'probe', 'unknown', 'unknown'])
})
