/**
 * Records requests and statuses of a test run in TRAFFIC_FILE, if it is set.
 */
import { appendFileSync } from 'node:fs'

const FILE = process.env.TRAFFIC_FILE
const known = new Set<string>()
/** In the log, the status of a request whose client has left. */
const CLIENT_LEFT = 499

/** Records an answer, if there is a file. */
export function record(method: string, path: string, status: number): void {
  if (FILE === undefined) return
  const line = `${method} ${path.split('?', 1)[0]} ${status}\n`
  if (known.has(line)) return
  known.add(line)
  appendFileSync(FILE, line)
}

/** Records an answer from a line of the server's log, for requests by other clients; undefined without a file. */
export const recordLine: ((line: string) => void) | undefined = FILE === undefined ? undefined : noteLine

function noteLine(line: string): void {
  if (!line.startsWith('{')) return
  const { event, method, path, status } = JSON.parse(line) as Record<string, string> & { status: number }
  // It stands for no answer: the client has left before.
  if (status === CLIENT_LEFT) return
  if (event === 'decision' && method !== undefined && path !== undefined) record(method, path, status)
}
