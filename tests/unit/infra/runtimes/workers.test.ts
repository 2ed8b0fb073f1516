/** `--workers`: replacing workers, what they ask each other, and metrics of all together. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SummedMetrics, sum, takeSnapshot } from '../../../../infra/runtimes/bun/workers/metrics.ts'
import { type Answers, type Channel, connectPeer } from '../../../../infra/runtimes/bun/workers/peer.ts'
import { type Ending, supervise, type WorkerProcess } from '../../../../infra/runtimes/bun/workers/supervisor.ts'
import type { Metrics, Series } from '../../../../shared/runtime/metrics.ts'
import { metricsText } from '../../../../shared/runtime/metrics-text.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the supervisor', () => {
  /** A worker whose life the test decides. */
  class FakeWorker implements WorkerProcess {
    readonly pid = 1
    readonly signals: string[] = []
    readonly #listening = Promise.withResolvers<void>()
    readonly #ended = Promise.withResolvers<Ending>()
    readonly listening = this.#listening.promise
    readonly ended = this.#ended.promise
    readonly number: number
    readonly startedAt = Date.now()

    constructor(number: number) {
      this.number = number
    }

    async listen(): Promise<void> {
      this.#listening.resolve()
      await vi.advanceTimersByTimeAsync(0)
    }

    async end(code: number | null = null, signal: string | null = null): Promise<void> {
      this.#ended.resolve({ code, signal })
      await vi.advanceTimersByTimeAsync(0)
    }

    kill(signal: string): void {
      this.signals.push(signal)
    }
  }

  function supervised(count: number) {
    const workers: FakeWorker[] = []
    const failing: Error[] = []
    const supervisor = supervise(count, (number) => {
      const error = failing.pop()
      if (error !== undefined) throw error
      const worker = new FakeWorker(number)
      workers.push(worker)
      return worker
    })
    return { supervisor, workers, failing, last: () => workers.at(-1) as FakeWorker }
  }

  /** Supervised workers that listen. */
  async function running(count: number) {
    const at = supervised(count)
    for (let next = 0; next < count; next += 1) await at.workers[next]?.listen()
    await at.supervisor.started
    return at
  }

  it('starts the first worker, then the others', async () => {
    const { supervisor, workers } = supervised(3)
    expect(workers.map(({ number }) => number)).toEqual([1])
    await workers[0]?.listen()
    expect(workers.map(({ number }) => number)).toEqual([1, 2, 3])
    await workers[1]?.listen()
    await workers[2]?.end(1)
    expect(await supervisor.started).toBeUndefined()
    expect(supervisor.running()).toHaveLength(2)
  })

  it('tries again if there is no memory for a process', async () => {
    const { workers, failing, supervisor } = await running(2)
    failing.push(new Error('ENOMEM'), new Error('EMFILE'))
    await workers[1]?.end()
    await vi.advanceTimersByTimeAsync(100 + 200)
    expect(workers).toHaveLength(2)
    expect(failing).toEqual([])
    await vi.advanceTimersByTimeAsync(400)
    expect(workers.map(({ number }) => number)).toEqual([1, 2, 2])
    expect(supervisor.running()).toHaveLength(2)
  })

  it('gives up if the first worker cannot start', async () => {
    const { supervisor, workers } = supervised(2)
    await workers[0]?.end(78)
    expect(await supervisor.started).toEqual({ code: 78, signal: null })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(workers).toHaveLength(1)
  })

  it('replaces a worker under the same number', async () => {
    const { supervisor, workers, last } = await running(2)
    await workers[1]?.end(null, 'SIGKILL')
    expect(supervisor.running()).toEqual([workers[0]])
    await vi.advanceTimersByTimeAsync(100)
    expect(last()).toMatchObject({ number: 2 })
    expect(supervisor.running()).toEqual([workers[0], last()])
  })

  it('waits longer and longer while a worker keeps ending, until one has lived', async () => {
    const { workers, last } = await running(1)
    const delays: number[] = []
    for (let time = 0; time < 8; time += 1) {
      const endedAt = Date.now()
      await last().end(1)
      await vi.advanceTimersToNextTimerAsync()
      delays.push(last().startedAt - endedAt)
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
    await last().listen()
    await vi.advanceTimersByTimeAsync(10_001)
    await last().end(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(workers).toHaveLength(10)
  })

  it('ends all workers, and says whether they ended well', async () => {
    for (const [code, signal, isGraceful] of [
      [0, null, true],
      [null, 'SIGTERM', true],
      [1, null, false],
      [null, 'SIGKILL', false],
    ] as const) {
      const { supervisor, workers } = await running(2)
      const stopped = supervisor.stop(1_000)
      expect(workers.map(({ signals }) => signals)).toEqual([['SIGTERM'], ['SIGTERM']])
      await workers[0]?.end(0)
      await workers[1]?.end(code, signal)
      expect(await stopped).toBe(isGraceful)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(workers).toHaveLength(2)
    }
  })

  it('kills workers that do not end in time', async () => {
    const { supervisor, workers } = await running(1)
    const stopped = supervisor.stop(1_000)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(workers[0]?.signals).toEqual(['SIGTERM', 'SIGKILL'])
    await workers[0]?.end(null, 'SIGKILL')
    expect(await stopped).toBe(false)
  })

  it('replaces nothing once it is stopped', async () => {
    const { supervisor, workers } = await running(2)
    await workers[0]?.end(1)
    const stopped = supervisor.stop(1_000)
    await workers[1]?.end(0)
    expect(await stopped).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(workers).toHaveLength(2)
  })
})

describe('the channel between two processes', () => {
  /** One end of it. */
  class End extends EventEmitter implements Channel {
    connected = true
    other: End | undefined
    readonly sent: string[] = []
    send(message: object): boolean {
      const text = JSON.stringify(message)
      this.sent.push(text)
      queueMicrotask(() => this.other?.emit('message', JSON.parse(text)))
      return true
    }
    close(): void {
      this.connected = false
      this.emit('disconnect')
    }
  }

  function channel(answers: Answers) {
    const [one, other] = [new End(), new End()]
    one.other = other
    other.other = one
    connectPeer(other, answers)
    return { one, other, peer: connectPeer(one, {}) }
  }

  it('answers a question', async () => {
    const { peer } = channel({ double: (value: number) => value * 2, later: async () => 'later' })
    expect(await Promise.all([peer.ask('double', 2), peer.ask('later')])).toEqual([4, 'later'])
    expect(await peer.ask('double', 4)).toBe(8)
  })

  it.each(['unknown', 'constructor', '__proto__', 'toString'])('answers to nothing else: %s', async (question) => {
    const { peer } = channel({ known: () => 1 })
    await expect(peer.ask(question)).rejects.toThrow('cannot answer')
  })

  it('does not tell why an answer has failed', async () => {
    const { peer, other } = channel({
      fail: () => {
        throw new Error('secret')
      },
    })
    await expect(peer.ask('fail')).rejects.toThrow('cannot answer')
    expect(other.sent).toEqual(['{"id":1,"isError":true}'])
  })

  it('ignores answers to questions that nobody has asked', () => {
    const { one } = channel({})
    for (const message of [{ id: 7, answer: 1 }, { id: 7, isError: true }, {}]) one.emit('message', message)
    expect(one.sent).toEqual([])
  })

  it('fails when the other process ends', async () => {
    const { peer, one } = channel({ never: () => new Promise(() => undefined) })
    const asked = peer.ask('never')
    one.close()
    await expect(asked).rejects.toThrow('has ended')
    await expect(peer.ask('never')).rejects.toThrow('has ended')
  })
})

describe('the metrics of several processes', () => {
  const series = (status: string, seconds: number): Series => ({
    labels: { function: 'connectors', status },
    counts: [seconds <= 0.005 ? 1 : 0, ...Array(10).fill(1)],
    sum: seconds,
    count: 1,
  })
  const metrics = (requests: readonly Series[], streams = 0, fetchedAt?: number): Metrics => ({
    requests: new Map(requests.map((one) => [JSON.stringify(one.labels), one])),
    upstream: new Map(),
    streams: new Set(Array.from({ length: streams }, () => ({ seenAt: Date.now() }))),
    keysFetchedAt: new Map(fetchedAt === undefined ? [] : [['https://id.example.com', fetchedAt]]),
    spans: new Map([['exported', 7]]),
    turns: { taken: 3, waiting: 2 },
    refusals: new Map([['caller', 4]]),
  })
  const snapshot = (...of: Parameters<typeof metrics>) => JSON.parse(JSON.stringify(takeSnapshot(metrics(...of))))

  it('are added up; the age of keys is the greatest', () => {
    vi.setSystemTime(100_000)
    const text = metricsText(
      'all',
      sum([
        snapshot([series('200', 0.25), series('404', 0.5)], 2, 90_000),
        snapshot([series('200', 0.001)], 3, 70_000),
      ]),
    )
    const labels = 'function="connectors",status="200"'
    expect(text).toContain(`kaphera_http_request_duration_seconds_bucket{${labels},le="0.005"} 1\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_bucket{${labels},le="0.01"} 2\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_sum{${labels}} 0.251\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_count{${labels}} 2\n`)
    expect(text).toContain('status="404"} 1\n')
    expect(text).toContain('kaphera_event_streams_open{function="all"} 5\n')
    expect(text).toContain('issuer="https://id.example.com"} 30\n')
    expect(text).toContain('kaphera_trace_spans_total{function="all",outcome="exported"} 14\n')
    expect(text).toContain('kaphera_requests_in_progress{function="all"} 6\n')
    expect(text).toContain('kaphera_requests_waiting{function="all"} 4\n')
    expect(text).toContain('kaphera_requests_refused_total{function="all",reason="caller"} 8\n')
  })

  it('keep the counters of processes that have ended, and nothing else of them', () => {
    const summed = new SummedMetrics()
    const [one, other] = [{}, {}]
    summed.keep(one, snapshot([series('200', 0.5)], 1, 1))
    summed.keep(other, snapshot([series('200', 0.5)], 1, 2))
    summed.keep(one, snapshot([{ ...series('200', 0.5), count: 5 }], 2, 1))
    summed.end(one)
    summed.end({})
    const { requests, streams, keysFetchedAt, turns, refusals } = summed.sum()
    expect([...requests.values()].map(({ count }) => count)).toEqual([6])
    expect([streams.size, [...keysFetchedAt.values()]]).toEqual([1, [2]])
    expect([turns, refusals?.get('caller')]).toEqual([{ taken: 3, waiting: 2 }, 8])
    summed.end(other)
    expect([...summed.sum().requests.values()].map(({ count }) => count)).toEqual([6])
  })
})
