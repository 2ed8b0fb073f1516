/**
 * Whose requests they are, as far as that is known before anything is verified.
 */
import type { Sender } from '../../../shared/runtime/environment.ts'

/** Callers that are remembered, and tokens of each: those that were used last. */
const CALLERS = 1_000
const TOKENS = 16
/** Characters at the end of a token that tell it from others. They are of its signature, and no token by themselves. */
const KEY_LENGTH = 32
/** Milliseconds after its last request in which a caller is active. */
const ACTIVE_MS = 1_000

/** Callers of tokens that have been verified. */
export interface Callers {
  /** Remembers who has sent a request, whose token has been verified. */
  note(headers: Headers, sender: Sender): void
  /**
   * Who sends a request if its token is still good.
   * @returns `undefined` if the token is not remembered, or there is none
   */
  likely(headers: Headers): string | undefined
  /** Whether another caller has sent a request within the last second. */
  hasOthers(caller: string): boolean
}

/** A caller, and when it last sent a request, in milliseconds. */
interface Active {
  readonly caller: string
  at: number
}

/** Remembers the callers of the tokens that were used last. */
export function createCallers(): Callers {
  const senders = new Map<string, Sender>()
  /** The tokens of each caller. Those used last are last, as are their callers. */
  const tokens = new Map<string, Set<string>>()
  /** The caller of the last request, and the one before it. */
  let last: Active | undefined
  let other: Active | undefined

  function noteActive(caller: string): void {
    if (last?.caller !== caller) {
      other = last
      last = { caller, at: 0 }
    }
    last.at = performance.now()
  }

  return {
    note(headers, sender) {
      noteActive(sender.caller)
      const key = keyOf(headers)
      if (key === undefined) return
      const own = tokens.get(sender.caller) ?? new Set()
      own.delete(key)
      tokens.delete(sender.caller)
      tokens.set(sender.caller, own.add(key))
      senders.set(key, sender)
      for (const oldest of own) {
        if (own.size <= TOKENS) break
        own.delete(oldest)
        senders.delete(oldest)
      }
      for (const [oldest, keys] of tokens) {
        if (tokens.size <= CALLERS) break
        tokens.delete(oldest)
        for (const one of keys) senders.delete(one)
      }
    },
    likely(headers) {
      const key = keyOf(headers)
      const sender = key === undefined ? undefined : senders.get(key)
      return sender !== undefined && sender.expiresAt * 1000 > Date.now() ? sender.caller : undefined
    },
    hasOthers(caller) {
      const active = last?.caller === caller ? other : last
      return active !== undefined && performance.now() - active.at < ACTIVE_MS
    },
  }
}

/** What a token is known by, whatever its scheme, which can be written in many ways. A copy, because a slice would keep all headers. */
function keyOf(headers: Headers): string | undefined {
  const token = headers.get('Authorization')?.split(/\s+/).at(-1)
  return token === undefined ? undefined : Buffer.from(token.slice(-KEY_LENGTH), 'latin1').toString('latin1')
}
