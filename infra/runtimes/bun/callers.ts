/**
 * Whose requests they are, as far as that is known before anything is verified.
 */

/** Tokens that are remembered. */
const SIZE = 1_000

/** Callers by their tokens, those that were used last at the end. */
const callers = new Map<string, string>()

/** Remembers whose a token is. It has been verified. */
export function noteCaller(headers: Headers, caller: string): void {
  const token = tokenOf(headers)
  if (token === undefined) return
  callers.delete(token)
  callers.set(token, caller)
  const [oldest] = callers.keys()
  if (callers.size > SIZE && oldest !== undefined) callers.delete(oldest)
}

/** The caller whose token a request has. A token that is not remembered may be anybody's, or no token. */
export function likelyCaller(headers: Headers): string | undefined {
  const token = tokenOf(headers)
  return token === undefined ? undefined : callers.get(token)
}

/** The token without its scheme, which can be written in many ways. */
function tokenOf(headers: Headers): string | undefined {
  return headers.get('Authorization')?.split(/\s+/).at(-1)
}
