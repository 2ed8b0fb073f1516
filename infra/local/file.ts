/**
 * Reads files that may not exist.
 */
import { readFile } from 'node:fs/promises'

/** The text of a file; `undefined` if there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
