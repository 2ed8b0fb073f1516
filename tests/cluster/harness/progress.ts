/**
 * Progress lines, on standard error so that standard output stays free for what a caller wants to read.
 */

/** Writes one line with the time of day. */
export function progress(line: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`)
}

/** Seconds since `start` (from `performance.now()`), with one decimal. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
