/**
 * Whose requests they are, as far as that is known before anything is verified.
 */

import { TtlCache } from '../../../shared/runtime/cache.ts'

/** Tokens that are remembered. */
const SIZE = 1_000

/** Callers of tokens that have been verified. */
export interface Callers {
  /** Remembers whose token a request has, which has been verified. */
  note(headers: Headers, caller: string): void
  /**
   * Who sends a request if its token is still good.
   * @returns `undefined` if the token is not remembered, or there is none
   */
  likely(headers: Headers): string | undefined
}

/** Remembers the callers of the tokens that were used last. */
export function createCallers(): Callers {
  const callers = new TtlCache<string>(SIZE)
  return {
    note(headers, caller) {
      const token = tokenOf(headers)
      if (token !== undefined) callers.set(token, caller, Number.POSITIVE_INFINITY)
    },
    likely(headers) {
      const token = tokenOf(headers)
      return token === undefined ? undefined : callers.get(token)
    },
  }
}

/** The token without its scheme, which can be written in many ways. */
function tokenOf(headers: Headers): string | undefined {
  return headers.get('Authorization')?.split(/\s+/).at(-1)
}
