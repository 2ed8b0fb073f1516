/**
 * The log: one JSON object per line on standard output. No value can forge a line or a key.
 */
import { unicodeEscape } from './unicode-escape.ts'

/** Who asked for what. */
export interface AuditRecord {
  readonly function: string
  readonly requestId: string
  readonly traceId?: string | undefined
  readonly method: string
  /** Path of the request without the query. */
  readonly path: string
  /** Issuer and subject of the caller, once it is authenticated. */
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
  /** Milliseconds that the request waited for others. */
  queuedMs?: number | undefined
  /** Milliseconds that the request waited because the client asked for it (`Prefer: wait`). */
  waitedMs?: number
}

/** How a request ended. */
export interface Outcome {
  readonly status: number
  readonly durationMs: number
  /** Code of the problem, if there was one. */
  readonly code?: string | undefined
}

/** Writes the audit line of a decision. */
export function logDecision(record: AuditRecord, outcome: Outcome): void {
  const verdict = outcome.status < 400 ? 'allowed' : outcome.status < 500 ? 'refused' : 'failed'
  write({ event: 'decision', verdict, ...record, ...outcome })
}

/**
 * Writes a message for operators.
 * @param level - `error` if someone has to act
 * @param details - Plain data; use {@link explain} for errors
 */
export function log(level: 'info' | 'warn' | 'error', message: string, details: Record<string, unknown> = {}): void {
  write({ event: 'message', level, message, ...details })
}

/** The messages of an error and its causes, without stacks. */
export function explain(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at !== undefined && parts.length < 5; at = at instanceof Error ? at.cause : undefined) {
    parts.push(at instanceof Error ? `${at.name}: ${at.message}` : String(at))
  }
  return parts.join(' <- ')
}

let labels: Readonly<Record<string, unknown>> = {}
let print = (line: string): void => console.log(line)

/**
 * Labels every line from now on, where several processes write to one log.
 * @param all - Plain data
 * @param printer - Prints a line at once, so that lines of several processes do not mix
 */
export function labelLog(all: Readonly<Record<string, unknown>>, printer: (line: string) => void): void {
  labels = all
  print = printer
}

function write(line: Record<string, unknown>): void {
  // JSON allows these characters, but terminals and log viewers interpret them.
  const text = JSON.stringify({ time: new Date().toISOString(), ...labels, ...line }).replace(
    /[\p{Cc}\u2028\u2029]/gu,
    unicodeEscape,
  )
  print(text)
}
