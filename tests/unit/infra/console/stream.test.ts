import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Api, type ApiRequest, Problem } from '../../../../infra/examples/console/api.ts'
import { follow, type StreamListener } from '../../../../infra/examples/console/stream.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Follows a server that gives these answers, one for each connection, and then refuses. */
async function followed(
  ...answers: (string | Problem)[]
): Promise<{ positions: (string | undefined)[]; told: string[] }> {
  const positions: (string | undefined)[] = []
  const told: string[] = []
  const api = {
    async send(_path: string, { headers }: ApiRequest) {
      positions.push(headers?.['Last-Event-ID'])
      const answer = answers.shift() ?? refusal(403, 'forbidden')
      if (answer instanceof Problem) throw answer
      return new Response(answer)
    },
  } as unknown as Api
  const listener: StreamListener = {
    onStart: () => void told.push('start'),
    onEvent: (event) => void told.push(event),
    onState: (state) => void (state === 'ended' && told.push(state)),
  }
  const following = follow(api, 'acme', listener, new AbortController().signal)
  await vi.runAllTimersAsync()
  await following
  return { positions, told }
}

function refusal(status: number, code: string): Problem {
  return new Problem({ status, code, title: '', detail: '' })
}

const ADDED = 'event: ADDED\nid: vaults=1\ndata: {}\n\n'

it('resumes after the last event with an id', async () => {
  const { positions, told } = await followed(
    `${ADDED}event: MODIFIED\ndata: {}\n\nevent: RECONNECT\ndata: {"reason":"time_limit"}\n\n`,
  )
  expect(positions).toEqual([undefined, 'vaults=1'])
  expect(told).toEqual(['start', 'ADDED', 'MODIFIED', 'ended'])
})

it('begins anew if it was cut before it had a position', async () => {
  const { positions, told } = await followed('event: ADDED\ndata: {}\n\n', ADDED)
  expect(positions).toEqual([undefined, undefined, 'vaults=1'])
  expect(told).toEqual(['start', 'ADDED', 'start', 'ADDED', 'ended'])
})

it('tries again while the server is away', async () => {
  const { positions } = await followed(
    ADDED,
    refusal(503, 'overloaded'),
    refusal(502, 'unknown'),
    refusal(429, 'too_many_requests'),
  )
  expect(positions).toEqual([undefined, 'vaults=1', 'vaults=1', 'vaults=1', 'vaults=1'])
})

it('goes on after the error of a kind, and ends with one of the whole stream', async () => {
  const { positions, told } = await followed(
    'event: ERROR\ndata: {"code":"function_unavailable","plural":"vaults"}\n\nevent: ERROR\ndata: {"code":"forbidden","detail":"no"}\n\n',
  )
  expect(positions).toHaveLength(1)
  expect(told).toEqual(['start', 'ERROR', 'ended'])
})

it('ends at once if it is ended between two connections', async () => {
  const ending = new AbortController()
  const api = { send: async () => new Response('event: RECONNECT\nretry: 30000\ndata: {}\n\n') } as unknown as Api
  const onState = (state: string): void => void (state === 'live' && ending.abort())
  const following = follow(api, 'acme', { onStart() {}, onEvent() {}, onState }, ending.signal)
  await vi.advanceTimersByTimeAsync(0)
  await following
})
