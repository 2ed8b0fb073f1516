/**
 * The log: one JSON object per line on standard output, so that no value in it can forge a line or a key.
 * @module
 */

/** What became of a request, and who asked for what. */
export interface AuditRecord {
  readonly function: string
  readonly requestId: string
  readonly traceId?: string | undefined
  readonly method: string
  /** Path of the request, without the query. */
  readonly path: string
  /** Issuer and subject of the caller, once authenticated. */
  issuer?: string
  subject?: string
  username?: string
  clientId?: string
  organization?: string
  verb?: string
  resource?: string
  name?: string
  /** The API server's `Audit-Id`: the key into the cluster's own audit log. */
  auditId?: string | undefined
  /** Milliseconds of the duration that the client asked to wait (`Prefer: wait`). */
  waitedMs?: number
}

/** How a request ended. */
export interface Outcome {
  readonly status: number
  readonly durationMs: number
  /** Code of the problem, if it ended in one. */
  readonly code?: string | undefined
}

/** Writes the audit line of a decision. */
export function logDecision(record: AuditRecord, outcome: Outcome): void {
  const verdict = outcome.status < 400 ? 'allowed' : outcome.status < 500 ? 'refused' : 'failed'
  write({ event: 'decision', verdict, ...record, ...outcome })
}

/**
 * Writes a line about something that operators should know.
 * @param level - `error` for what needs a person
 * @param message - What happened
 * @param details - Plain data; errors are written with their causes
 */
export function log(level: 'info' | 'warn' | 'error', message: string, details: Record<string, unknown> = {}): void {
  write({ event: 'message', level, message, ...details })
}

/** An error as text for the log: its message and those of its causes, without stacks. */
export function explain(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at !== undefined && parts.length < 5; at = at instanceof Error ? at.cause : undefined) {
    parts.push(at instanceof Error ? `${at.name}: ${at.message}` : String(at))
  }
  return parts.join(' <- ')
}

function write(line: Record<string, unknown>): void {
  // JSON lets these through, and terminals and viewers of logs act upon them.
  const text = JSON.stringify({ time: new Date().toISOString(), ...line }).replace(/[\p{Cc}\u2028\u2029]/gu, escaped)
  console.log(text)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
