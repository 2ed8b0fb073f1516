/**
 * `Warning` headers of this server's own.
 * @module
 */
import type { PublicCall } from './call.ts'

/** Adds a `Warning` header to the answer (RFC 7234 section 5.5, as the API server sends them), once. */
export function warn({ warnings }: PublicCall, text: string): void {
  const warning = `299 - ${JSON.stringify(text)}`
  if (!warnings.includes(warning)) warnings.push(warning)
}
