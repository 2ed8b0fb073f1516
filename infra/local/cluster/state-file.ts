/**
 * Keeps the state of the cluster in a file across restarts.
 */
import { rename, writeFile } from 'node:fs/promises'
import { readIfThere } from '../file.ts'
import { isFields } from './json.ts'
import type { Snapshot, Store } from './store.ts'

/** Milliseconds that a write is delayed, to batch changes. */
const DELAY_MS = 200

/**
 * Reads a saved state.
 * @returns undefined if there is no file
 * @throws {Error} if the file has other contents
 */
export async function loadState(file: string): Promise<Snapshot | undefined> {
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  const state: unknown = parse(text)
  if (isFields(state) && Number.isSafeInteger(state.version) && Array.isArray(state.objects)) {
    return state as unknown as Snapshot
  }
  throw new Error(`${file} does not hold the state of a cluster. Delete it to start with an empty one.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Writes the state after each change. */
export interface StateWriter {
  /** Writes pending changes and stops. @throws {Error} if they cannot be written */
  stop(): Promise<void>
}

/** Keeps a file up to date with a store. */
export function saveState(store: Store, file: string): StateWriter {
  let timer: NodeJS.Timeout | undefined
  let saved = -1
  let writing: Promise<void> = Promise.resolve()
  const save = () => {
    timer = undefined
    // A write that has failed is made up for by the next one.
    const before = writing.catch(() => undefined)
    writing = before.then(async () => {
      const snapshot = store.snapshot()
      if (snapshot.version === saved) return
      // Written under another name and renamed, so that the file is always complete.
      await writeFile(`${file}.new`, JSON.stringify(snapshot), { mode: 0o600 })
      await rename(`${file}.new`, file)
      saved = snapshot.version
    })
    writing.catch((error: unknown) => console.error(`cluster: cannot write ${file}:`, error))
  }
  const unsubscribe = store.subscribe(() => {
    timer ??= setTimeout(save, DELAY_MS)
  })
  return {
    async stop() {
      unsubscribe()
      clearTimeout(timer)
      save()
      await writing
    },
  }
}
