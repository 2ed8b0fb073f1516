/** Waiting and sending: what happens to spans while the collector works, and while it does not. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Environment, ExecutionContext } from '../../../shared/runtime/environment.ts'
import { metrics } from '../../../shared/runtime/metrics.ts'
import { createExporter } from '../../../shared/tracing/export.ts'
import { SpanQueue } from '../../../shared/tracing/queue.ts'
import type { ExportSettings } from '../../../shared/tracing/settings.ts'
import type { Span } from '../../../shared/tracing/span.ts'
import { FakeContext } from '../fixtures/auth.ts'
import { FakeCollector } from '../fixtures/collector.ts'

const SETTINGS: ExportSettings = {
  endpoint: 'http://collector.example:4318/v1/traces',
  headers: { 'api-key': 'secret' },
  protocol: 'http/json',
  timeoutMs: 10_000,
  resource: { 'service.name': 'test' },
}
const QUEUE = { size: 8, batch: 4, delayMs: 5_000, exportMs: 30_000 }

function span(name: string): Span {
  const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), flags: 1, state: undefined }
  const times = { startedAt: 1_764_000_000_000.25, endedAt: 1_764_000_000_001 }
  return { context, kind: 'server', name, parent: undefined, isRemote: true, ...times, attributes: {}, isError: false }
}

/** A queue before a collector, a clock that stands still, and a context of the runtime. */
function pipeline(answer: FakeCollector['answer'] = () => Response.json({}), settings: Partial<ExportSettings> = {}) {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: 1_764_000_000_000 })
  onTestFinished(() => void vi.useRealTimers())
  const lines: string[] = []
  const spy = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line))
  onTestFinished(() => spy.mockRestore())
  metrics.spans.clear()
  const collector = new FakeCollector()
  collector.answer = answer
  const queue = new SpanQueue(
    QUEUE,
    createExporter({ OTLP: collector } as unknown as Environment, { ...SETTINGS, ...settings }),
  )
  const ctx = new FakeContext()
  const add = (count: number, context: ExecutionContext = ctx): void => {
    for (let at = 0; at < count; at += 1) queue.add(span(`${at}`))
    queue.flush(context)
  }
  return { collector, add, ctx, lines, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

const counts = () => Object.fromEntries(metrics.spans)
const sizes = ({ requests }: FakeCollector) =>
  requests.map(({ body }) => body.resourceSpans[0].scopeSpans[0].spans.length)

describe('spans', () => {
  it('wait for others, and go out together after the delay', async () => {
    const { collector, add, pass } = pipeline()
    add(1)
    add(1)
    await pass(4_999)
    expect(collector.requests).toEqual([])
    await pass(1)
    expect(sizes(collector)).toEqual([2])
    expect(collector.requests[0]?.url).toBe(SETTINGS.endpoint)
    expect(Object.fromEntries(collector.requests[0]?.headers ?? [])).toMatchObject({
      'api-key': 'secret',
      'content-type': 'application/json',
    })
    expect(counts()).toEqual({ exported: 2 })
  })

  it('go out at once when they fill a batch', async () => {
    const { collector, add, pass } = pipeline()
    add(6)
    await pass(0)
    expect(sizes(collector)).toEqual([4])
    await pass(5_000)
    expect(sizes(collector)).toEqual([4, 2])
  })

  it('are exported one batch at a time, and dropped and counted beyond the queue', async () => {
    const answers: PromiseWithResolvers<Response>[] = []
    const { collector, add, pass } = pipeline(() => {
      const answer = Promise.withResolvers<Response>()
      answers.push(answer)
      return answer.promise
    })
    add(4)
    await pass(0)
    add(8)
    add(3)
    expect(sizes(collector)).toEqual([4])
    expect(counts()).toEqual({ queue_full: 3 })
    answers[0]?.resolve(Response.json({}))
    await pass(0)
    expect(sizes(collector)).toEqual([4, 4])
    answers[1]?.resolve(Response.json({}))
    await pass(0)
    expect(sizes(collector)).toEqual([4, 4, 4])
    answers[2]?.resolve(Response.json({}))
    await pass(0)
    expect(counts()).toEqual({ queue_full: 3, exported: 12 })
  })

  it('go out when the process is about to end, without a wait', async () => {
    const { collector, add, ctx, pass } = pipeline()
    const stopping = new AbortController()
    add(1, Object.assign(ctx, { stopping: stopping.signal }))
    await pass(1)
    expect(collector.requests).toEqual([])
    stopping.abort()
    await ctx.settled()
    expect(counts()).toEqual({ exported: 1 })
  })

  it('go out with the next request if the runtime has ended the one that wanted to export them', async () => {
    const { collector, add, pass } = pipeline()
    vi.stubGlobal('setTimeout', () => 0)
    add(1)
    vi.unstubAllGlobals()
    await pass(10_000)
    add(1)
    await pass(5_000)
    expect(sizes(collector)).toEqual([2])
  })
})

describe('a collector', () => {
  it.each([429, 502, 503, 504])('that answers %d is asked again with the same spans', async (status) => {
    const { collector, add, pass } = pipeline((count) =>
      count === 1 ? new Response(null, { status }) : Response.json({}),
    )
    add(4)
    await pass(799)
    expect(collector.requests).toHaveLength(1)
    await pass(401)
    expect(collector.requests).toHaveLength(2)
    expect(collector.requests[1]?.body).toEqual(collector.requests[0]?.body)
    expect(counts()).toEqual({ exported: 4 })
  })

  it.each([
    ['seconds', '7'],
    ['a date', new Date(1_764_000_007_000).toUTCString()],
  ])('is asked again after Retry-After: %s', async (_, retryAfter) => {
    const { collector, add, pass } = pipeline((count) =>
      count === 1 ? new Response(null, { status: 503, headers: { 'Retry-After': retryAfter } }) : Response.json({}),
    )
    add(4)
    await pass(6_999)
    expect(collector.requests).toHaveLength(1)
    await pass(1)
    expect(counts()).toEqual({ exported: 4 })
  })

  it('that wants to wait longer than the batch may is not asked again', async () => {
    const answer = () => new Response(null, { status: 429, headers: { 'Retry-After': '31' } })
    const { collector, add, pass } = pipeline(answer)
    add(4)
    await pass(0)
    expect(collector.requests).toHaveLength(1)
    expect(counts()).toEqual({ failed: 4 })
  })

  it.each([400, 401, 404, 413, 500, 302])('that answers %d is not asked again', async (status) => {
    const { collector, add, pass, lines } = pipeline(() => new Response(null, { status }))
    add(4)
    await pass(60_000)
    expect(collector.requests).toHaveLength(1)
    expect(counts()).toEqual({ failed: 4 })
    expect(lines.join()).toContain(`the collector answered ${status}`)
    expect(lines.join()).not.toContain('secret')
  })

  it('that cannot be reached is asked again until the batch is given up; the log says so once', async () => {
    const { collector, add, pass, lines } = pipeline(() => Promise.reject(new TypeError('connection refused')))
    add(4)
    await pass(31_000)
    expect(counts()).toEqual({ failed: 4 })
    const tries = collector.requests.length
    expect(tries).toBeGreaterThan(5)
    add(4)
    await pass(31_000)
    expect(counts()).toEqual({ failed: 8 })
    expect(lines.filter((line) => line.includes('Spans cannot be exported.'))).toHaveLength(1)
    collector.answer = () => Response.json({})
    add(4)
    await pass(0)
    expect(counts()).toEqual({ failed: 8, exported: 4 })
    expect(lines.at(-1)).toContain('Spans are exported again.')
  })

  it('that does not answer in time is asked again', async () => {
    const { add } = pipeline(
      (count, signal) =>
        count > 1
          ? Response.json({})
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { timeoutMs: 20 },
    )
    add(4)
    await vi.waitFor(() => expect(counts()).toEqual({ exported: 4 }), 10_000)
  })

  it('is not asked again when the process is about to end', async () => {
    const { collector, add, ctx, pass } = pipeline(() => new Response(null, { status: 503 }))
    const stopping = new AbortController()
    add(4, Object.assign(ctx, { stopping: stopping.signal }))
    await pass(1)
    stopping.abort()
    await ctx.settled()
    expect(collector.requests).toHaveLength(1)
    expect(counts()).toEqual({ failed: 4 })
  })

  it('may reject some spans', async () => {
    const partialSuccess = { rejectedSpans: '3', errorMessage: 'too old' }
    const { add, pass, lines } = pipeline(() => Response.json({ partialSuccess }))
    add(4)
    await pass(0)
    expect(counts()).toEqual({ exported: 1, rejected: 3 })
    expect(lines.join()).toContain('too old')
  })

  it.each([
    ['no body', new Response(null)],
    ['nonsense', new Response('<html>')],
    ['null', new Response('null')],
    ['a list', Response.json({ partialSuccess: [] })],
    ['more than there were', Response.json({ partialSuccess: { rejectedSpans: -5 } })],
  ])('that takes spans and answers with %s has taken all', async (_, response) => {
    const { add, pass } = pipeline(() => response)
    add(4)
    await pass(0)
    expect(counts()).toEqual({ exported: 4 })
  })
})
