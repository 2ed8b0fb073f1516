/**
 * A record of what tests have asked and how it was answered, kept only if TRAFFIC_FILE names a file for it.
 * @module
 */
import { appendFileSync } from 'node:fs'

const FILE = process.env.TRAFFIC_FILE
const known = new Set<string>()

/** Notes an answer; does nothing unless there is a file to note it in. */
export function record(method: string, path: string, status: number): void {
  if (FILE === undefined) return
  const line = `${method} ${path.split('?', 1)[0]} ${status}\n`
  if (known.has(line)) return
  known.add(line)
  appendFileSync(FILE, line)
}

/** Notes what a line of the server's log says, for requests that others than the tests' own clients send; without a file nobody listens. */
export const recordLine: ((line: string) => void) | undefined = FILE === undefined ? undefined : noteLine

function noteLine(line: string): void {
  if (!line.startsWith('{')) return
  const { event, method, path, status } = JSON.parse(line) as Record<string, string> & { status: number }
  if (event === 'decision' && method !== undefined && path !== undefined) record(method, path, status)
}
