/**
 * How many streams each caller has open, so that one does not take all that there are.
 */
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { Problem } from './problem.ts'

/** Open streams of a kind: what fits into 256 MiB, streams to clients together with those that feed them. */
export const ALL_STREAMS: number = 2_000
/** Maximum number of them that one caller has, if nobody else has any. */
export const MAX_STREAMS: number = ALL_STREAMS / 2
/** Milliseconds after which one is no longer counted: a request may end without running any more code. No stream lasts as long. */
const EXPIRES_MS = 330_000

/** When each expires, in milliseconds since the epoch, in this order; by kind and caller. */
const openOf = perEnvironment(() => ({ cluster: new Map<unknown, Open>(), client: new Map<unknown, Open>() }))

type Open = Map<object, number>

/**
 * Counts a stream.
 * @param kind - Whether it comes from the API server, or goes to the client, which may need none from the API server
 * @param caller - Whose it is, compared by identity
 * @returns A function that ends it
 * @throws {Problem} `too_many_requests` if the caller has too many
 */
export function acquireStream(env: Environment, kind: 'cluster' | 'client', caller: unknown): () => void {
  const all = openOf(env)[kind]
  const own: Open = all.get(caller) ?? new Map()
  let count = 0
  // Also those of other callers, who may never come back.
  for (const [other, streams] of all) {
    for (const [one, expires] of streams) {
      if (expires > Date.now()) break
      streams.delete(one)
    }
    if (streams.size === 0) all.delete(other)
    count += streams.size
  }
  // Or a few callers could take all. Whoever has none may try.
  if (own.size > 0 && own.size >= ALL_STREAMS - count) {
    const detail = `A caller can have at most ${MAX_STREAMS} open streams, and no more than are left for others.`
    throw new Problem('too_many_requests', detail, {
      headers: { 'Retry-After': '5' },
    })
  }
  const one = {}
  all.set(caller, own.set(one, Date.now() + EXPIRES_MS))
  return () => {
    own.delete(one)
    // There may be another map by now.
    if (own.size === 0 && all.get(caller) === own) all.delete(caller)
  }
}

/**
 * Counts a stream to a client from before it is opened.
 * @param open - Opens it, and calls `end` when it has ended
 * @throws {Problem} as {@link acquireStream} and `open`
 */
export async function openStream(
  env: Environment,
  caller: unknown,
  open: (end: () => void) => Promise<Response>,
): Promise<Response> {
  const end = acquireStream(env, 'client', caller)
  try {
    return await open(end)
  } catch (error) {
    end()
    throw error
  }
}
