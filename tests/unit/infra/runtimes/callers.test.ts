/** In which turn a request begins: that of its caller, if its token has been verified before. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { createCallers } from '../../../../infra/runtimes/bun/callers.ts'
import { requestTurns } from '../../../../infra/runtimes/bun/request-turns.ts'
import { serveHttp } from '../../../../infra/runtimes/bun/server.ts'

const headersOf = (authorization?: string): Headers =>
  new Headers(authorization === undefined ? {} : { Authorization: authorization })

/** A caller whose token is good for an hour. */
const senderOf = (caller: string) => ({ caller, expiresAt: Date.now() / 1000 + 3_600 })

it('knows a caller by the token, however its scheme is written', () => {
  const callers = createCallers()
  callers.note(headersOf('Bearer one'), senderOf('ada'))
  expect(['Bearer one', 'bEaReR  one', 'DPoP one'].map((text) => callers.likely(headersOf(text)))).toEqual(
    Array(3).fill('ada'),
  )
  expect([callers.likely(headersOf('Bearer two')), callers.likely(headersOf())]).toEqual([undefined, undefined])
})

it('knows nobody by a token that has expired', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const callers = createCallers()
  callers.note(headersOf('Bearer one'), senderOf('ada'))
  vi.setSystemTime(Date.now() + 3_600_000 - 1)
  expect(callers.likely(headersOf('Bearer one'))).toBe('ada')
  vi.setSystemTime(Date.now() + 1)
  expect(callers.likely(headersOf('Bearer one'))).toBeUndefined()
})

it('remembers 16 tokens of a caller, however many it uses, and forgets the one that was used longest ago', () => {
  const callers = createCallers()
  callers.note(headersOf('Bearer one'), senderOf('bob'))
  for (let index = 0; index < 16; index += 1) callers.note(headersOf(`Bearer t-${index}`), senderOf('ada'))
  callers.note(headersOf('Bearer t-0'), senderOf('ada'))
  callers.note(headersOf('Bearer t-16'), senderOf('ada'))
  const likely = ['t-0', 't-1', 't-2', 't-16'].map((token) => callers.likely(headersOf(`Bearer ${token}`)))
  expect(likely).toEqual(['ada', undefined, 'ada', 'ada'])
  for (let index = 0; index < 2_000; index += 1) callers.note(headersOf(`Bearer u-${index}`), senderOf('ada'))
  expect(callers.likely(headersOf('Bearer one'))).toBe('bob')
})

it('remembers 1,000 callers, and forgets the one that asked longest ago', () => {
  const callers = createCallers()
  for (let index = 0; index < 1_000; index += 1) callers.note(headersOf(`Bearer t-${index}`), senderOf(`c-${index}`))
  callers.note(headersOf('Bearer other'), senderOf('c-0'))
  callers.note(headersOf('Bearer another'), senderOf('bob'))
  const likely = ['t-0', 'other', 't-1', 't-2', 'another'].map((token) => callers.likely(headersOf(`Bearer ${token}`)))
  expect(likely).toEqual(['c-0', 'c-0', undefined, 'c-2', 'bob'])
})

it('remembers no more of a token than the end of its signature', () => {
  const callers = createCallers()
  const end = 's'.repeat(32)
  callers.note(headersOf(`Bearer header.payload.${end}`), senderOf('ada'))
  const likely = [end, `other.${end}`, end.slice(1)].map((token) => callers.likely(headersOf(`Bearer ${token}`)))
  expect(likely).toEqual(['ada', 'ada', undefined])
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
  const turn = await turns.take(senderOf('ada'), { body: null, headers: headersOf('Bearer known') }, {})
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

it('tells whether others than a caller have sent a request within a second', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const callers = createCallers()
  const send = (caller: string): void => callers.note(headersOf(), senderOf(caller))
  const haveOthers = (): boolean[] => ['ada', 'bob', 'eve'].map((caller) => callers.hasOthers(caller))
  expect(haveOthers()).toEqual([false, false, false])
  for (const caller of ['ada', 'ada']) send(caller)
  expect(haveOthers()).toEqual([false, true, true])
  vi.advanceTimersByTime(600)
  send('bob')
  expect(haveOthers()).toEqual([true, true, true])
  vi.advanceTimersByTime(399)
  send('bob')
  expect(haveOthers()).toEqual([true, true, true])
  // The request of Ada was a second ago.
  vi.advanceTimersByTime(1)
  expect(haveOthers()).toEqual([true, false, true])
  vi.advanceTimersByTime(400)
  send('eve')
  vi.advanceTimersByTime(598)
  // That of Bob was 999 ms ago.
  expect(haveOthers()).toEqual([true, true, true])
  vi.advanceTimersByTime(1)
  expect(haveOthers()).toEqual([true, true, false])
  vi.advanceTimersByTime(401)
  expect(haveOthers()).toEqual([false, false, false])
})
