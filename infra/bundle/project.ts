/**
 * Where things are in the project.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The project's directory, absolute. */
export const PROJECT: string = join(import.meta.dirname, '..', '..')

/**
 * The names of all functions: every TypeScript file directly in functions/ is one. There is no other list.
 * @param directory - The functions directory
 * @returns Names without extension, sorted
 */
export async function functionNames(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /^[a-z][a-z0-9-]*\.ts$/.test(entry.name))
    .map((entry) => entry.name.slice(0, -'.ts'.length))
    .sort()
}

/** The version of the project, as package.json has it. */
export async function projectVersion(): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'))
  return version
}
