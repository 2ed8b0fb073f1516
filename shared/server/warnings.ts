import type { PublicCall } from './call.ts'

/**
 * Adds a `Warning` header to the answer (RFC 7234 section 5.5) in the form that the API server uses. A repeated text is added
 * once.
 */
export function warn({ warnings }: PublicCall, text: string): void {
  const warning = `299 - ${JSON.stringify(text)}`
  if (!warnings.includes(warning)) warnings.push(warning)
}
