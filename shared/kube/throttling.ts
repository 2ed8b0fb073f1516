/**
 * How a read is repeated when the API server throttles requests. This file is loaded when that first happens.
 */
import type { Problem } from '../http/problem.ts'
import { pause } from '../runtime/pause.ts'

/** Maximum jitter in milliseconds: all reads that were refused at once may be sent again at the same time. */
const JITTER_MS = 500
/** Milliseconds that must be left for the answer. With less, the read would only count as a missed deadline. */
const ANSWER_MS = 1_000

/**
 * Waits until a read may be sent again: for Retry-After, and a little longer.
 * @param problem - Of the read, with Retry-After
 * @param until - Its deadline, in milliseconds since the epoch
 * @param signal - Aborted when the read is not needed any more
 * @throws {Problem} `problem` if the deadline comes first, or if the read is no longer needed
 */
export async function waitForRetry(problem: Problem, until: number, signal?: AbortSignal): Promise<void> {
  const wait = Number(problem.headers['Retry-After']) * 1000 + Math.random() * JITTER_MS
  if (Date.now() + wait + ANSWER_MS > until) throw problem
  await pause(wait, signal).catch(() => {
    throw problem
  })
}
