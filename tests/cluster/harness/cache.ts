/**
 * The directory that keeps what is expensive to build or to download, and the lock that lets one run at a time do it.
 */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

/** `$XDG_CACHE_HOME` or `~/.cache`, then `kaphera-cloud-server/cluster` and the given segments. */
export function cachePath(...segments: string[]): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(base, 'kaphera-cloud-server', 'cluster', ...segments)
}

/**
 * Runs `work` while no other process holds the same lock.
 * The lock is an SQLite transaction: the operating system releases it when its holder dies, so none is ever stale.
 * @param file - Path of the lock file; created if absent
 * @param onWait - Called once if another process holds the lock
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file)
  try {
    for (let waiting = false; !tryLock(database); waiting = true) {
      if (!waiting) onWait()
      await delay(500)
    }
    return await work()
  } finally {
    database.close()
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}

/** @see {@link https://sqlite.org/rescode.html#busy} */
const SQLITE_BUSY = 5
