import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The project's directory, absolute. */
export const PROJECT: string = join(import.meta.dirname, '..', '..')

/** The version of the project. Only package.json states it; everything else calls this. */
export function projectVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'))
  return version
}
