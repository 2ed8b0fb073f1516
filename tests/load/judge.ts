/**
 * What a roll-out is to blame for.
 *
 * On a busy machine the API server is starved at times, and the server says so: 504 at the deadline, 503 while it does not
 * answer, 429. Such an answer is no request lost by a roll-out if a control stream to something that nobody touches gets the
 * like in the same seconds. Whatever else fails counts, whatever the control stream says: no connection, a reset, an answer of
 * a queue or a router, a wrong status.
 * @module
 */
import type { Failure, LoadResult } from './load.ts'

/** Codes by which the server says that what is behind it is slow. */
const STARVED: ReadonlySet<string | undefined> = new Set([
  'deadline_exceeded',
  'cluster_unavailable',
  'issuer_unavailable',
  'overloaded',
  'too_many_requests',
])

/** Milliseconds between a failure and one of the control stream that still tell of the same moment. */
const SAME_MS = 5_000

/** The verdict. */
export interface Verdict {
  /** What the roll-out lost, a line each. */
  readonly lost: readonly string[]
  /** Failures for want of CPU. */
  readonly starved: number
  /** For people: both streams in one line. */
  readonly summary: string
}

/**
 * Judges a roll-out.
 * @param tested - The load on what was rolled out
 * @param control - The load on what nobody touched, at the same time
 */
export function judge(tested: LoadResult, control: LoadResult): Verdict {
  const moments = control.failures.filter(isStarved)
  const isExcused = (failure: Failure): boolean =>
    isStarved(failure) && moments.some(({ from, to }) => failure.from <= to + SAME_MS && from <= failure.to + SAME_MS)
  const lost = tested.failures.filter((failure) => !isExcused(failure)).map(({ line }) => line)
  const starved = tested.failures.length - lost.length
  const summary =
    `${tested.sent} requests: ${lost.length} lost, ${starved} failed for want of CPU; ` +
    `control stream: ${control.sent} requests, ${control.failures.length} failed`
  return { lost, starved, summary }
}

function isStarved({ code }: Failure): boolean {
  return STARVED.has(code)
}
