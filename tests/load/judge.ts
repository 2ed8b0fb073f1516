/**
 * Decides which failures a rollout has caused.
 *
 * On a busy machine the API server is slow at times, and the server reports it: 504 at the deadline, 503 while it does not
 * answer, 429. A rollout has not caused such an answer if a control stream to something that does not change gets a similar one
 * in the same seconds. Every other failure counts, whatever the control stream gets: no connection, a reset, an answer of a
 * queue or router, a wrong status.
 */
import type { Failure, LoadResult } from './load.ts'

/** Codes by which the server reports a slow API server or issuer. */
const STARVED: ReadonlySet<string | undefined> = new Set([
  'deadline_exceeded',
  'cluster_unavailable',
  'issuer_unavailable',
  'overloaded',
  'too_many_requests',
])

/** Maximum milliseconds between a failure and a similar one of the control stream. */
const SAME_MS = 5_000

/** The verdict. */
export interface Verdict {
  /** Failures caused by the rollout, one per line. */
  readonly lost: readonly string[]
  /** Failures caused by the busy machine. */
  readonly starved: number
  /** A summary of both streams. */
  readonly summary: string
}

/**
 * Judges a rollout.
 * @param tested - The load during the rollout
 * @param control - The load on something that did not change, at the same time
 */
export function judge(tested: LoadResult, control: LoadResult): Verdict {
  const moments = control.failures.filter(isStarved)
  const isExcused = (failure: Failure): boolean =>
    isStarved(failure) && moments.some(({ from, to }) => failure.from <= to + SAME_MS && from <= failure.to + SAME_MS)
  const lost = tested.failures.filter((failure) => !isExcused(failure)).map(({ line }) => line)
  const starved = tested.failures.length - lost.length
  const summary =
    `${tested.sent} requests: ${lost.length} lost, ${starved} failed for want of CPU; ` +
    `control stream: ${control.sent} requests, ${control.failures.length} failed${reasons(control.failures)}`
  return { lost, starved, summary }
}

/** How many failures there are of each code, in parentheses. */
function reasons(failures: readonly Failure[]): string {
  if (failures.length === 0) return ''
  const counts = new Map<string, number>()
  for (const { code = 'without a code' } of failures) counts.set(code, (counts.get(code) ?? 0) + 1)
  return ` (${[...counts].map(([code, count]) => `${count} ${code}`).join(', ')})`
}

function isStarved({ code }: Failure): boolean {
  return STARVED.has(code)
}
