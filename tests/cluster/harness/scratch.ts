/**
 * A scratch directory for a whole run of vitest: it ends its worker processes faster than they can clean up.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Points TMPDIR of the workers, which start after this, to a directory that is removed when vitest ends. */
export default function setup(): void {
  const directory = mkdtempSync(join(tmpdir(), 'kaphera-run-'))
  process.env.TMPDIR = directory
  // Not in a teardown: workers, and what they started, still run and write then.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
}
