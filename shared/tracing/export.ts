/**
 * Sending spans to a collector by OTLP/HTTP.
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#otlphttp}
 */
import type { Environment } from '../runtime/environment.ts'
import { explain, log } from '../runtime/log.ts'
import { countSpans } from '../runtime/metrics.ts'
import { pause } from '../runtime/pause.ts'
import { exportRequest } from './otlp.ts'
import { decodePartialSuccess, encodeRequest, type PartialSuccess } from './protobuf.ts'
import type { Exporter, ExportLimits } from './queue.ts'
import type { ExportSettings } from './settings.ts'

/** Answers after which a batch is sent again. */
const RETRYABLE = [429, 502, 503, 504]
/** Pauses before another try, unless the collector says how long, in milliseconds. Each is longer by the factor. */
const PAUSES = { first: 1_000, factor: 1.5, longest: 5_000 }
/** Maximum number of bytes of an answer that are read. */
const ANSWER_BYTES = 64 * 1024

/** How requests are written and answers are read. */
const ENCODINGS = {
  'http/protobuf': {
    type: 'application/x-protobuf',
    encode: encodeRequest,
    decode: decodePartialSuccess,
  },
  'http/json': {
    type: 'application/json',
    encode: (request: object) => new TextEncoder().encode(JSON.stringify(request)),
    decode: (bytes: Uint8Array): PartialSuccess =>
      bytes.length === 0 ? {} : (JSON.parse(new TextDecoder().decode(bytes))?.partialSuccess ?? {}),
  },
} as const

/** How a try ended: with an answer, or with the reason why there is none. */
type Result = { readonly response: Response } | { readonly error: unknown }

/** Makes what sends spans to the collector of the settings. It logs when exports begin to fail, and when they work again. */
export function createExporter(env: Environment, settings: ExportSettings): Exporter {
  const { endpoint, headers, protocol, timeoutMs, resource } = settings
  const { type, encode, decode } = ENCODINGS[protocol]
  let isFailing = false

  async function attempt(body: BodyInit, deadline: number): Promise<Result> {
    const left = Math.max(1, Math.min(timeoutMs, deadline - Date.now()))
    const request = new Request(endpoint, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': type },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(left),
    })
    try {
      return { response: await env.OTLP.fetch(request) }
    } catch (error) {
      return { error }
    }
  }

  /** Sends until the collector has decided, or the time is over. */
  async function send(body: BodyInit, { deadline, stopping }: ExportLimits): Promise<Result> {
    for (let tries = 0; ; tries += 1) {
      const result = await attempt(body, deadline)
      if ('response' in result && !RETRYABLE.includes(result.response.status)) return result
      const pauseMs = pauseBefore(tries, 'response' in result ? result.response.headers.get('Retry-After') : null)
      if (stopping.aborted || Date.now() + pauseMs >= deadline) return result
      if ('response' in result) await result.response.body?.cancel()
      const isOver = await pause(pauseMs, stopping).then(
        () => false,
        () => true,
      )
      if (isOver) return result
    }
  }

  function fail(count: number, reason: string): void {
    countSpans('failed', count)
    if (!isFailing) log('warn', 'Spans cannot be exported.', { endpoint: new URL(endpoint).origin, cause: reason })
    isFailing = true
  }

  return async function exportSpans(spans, limits) {
    const result = await send(encode(exportRequest(spans, resource)) as BodyInit, limits)
    if ('error' in result) return fail(spans.length, explain(result.error))
    const { ok, status } = result.response
    const answer = await readBytes(result.response).catch(() => new Uint8Array())
    if (!ok) return fail(spans.length, `the collector answered ${status}`)
    const { rejected, message } = rejection(() => decode(answer), spans.length)
    countSpans('exported', spans.length - rejected)
    countSpans('rejected', rejected)
    if (isFailing) log('info', 'Spans are exported again.')
    isFailing = false
    if (message !== '')
      log('warn', 'The collector rejected spans or returned a warning.', { rejected, reason: message })
  }
}

/** What a collector has rejected, and why. If the answer cannot be read, the collector counts as having accepted everything. */
function rejection(read: () => PartialSuccess, most: number): { rejected: number; message: string } {
  try {
    const { rejectedSpans = 0, errorMessage = '' } = read()
    return { rejected: Math.min(most, Math.max(0, Number(rejectedSpans) || 0)), message: errorMessage }
  } catch {
    return { rejected: 0, message: '' }
  }
}

/** Milliseconds before the next try. @param retryAfter - Seconds or a date (RFC 9110 section 10.2.3) */
function pauseBefore(tries: number, retryAfter: string | null): number {
  if (retryAfter !== null) {
    const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
    if (!Number.isNaN(ms)) return Math.max(0, ms)
  }
  const backoff = Math.min(PAUSES.longest, PAUSES.first * PAUSES.factor ** tries)
  return backoff * (0.8 + 0.4 * Math.random())
}

async function readBytes({ body }: Response): Promise<Uint8Array> {
  const chunks: number[] = []
  if (body === null) return new Uint8Array()
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(...chunk)
    // The rest is not needed: the iterator cancels the stream.
    if (chunks.length > ANSWER_BYTES) break
  }
  return Uint8Array.from(chunks)
}
