/** Temporary directories and functions for tests of the build. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/**
 * A directory with files.
 * @param files - Text by file name
 */
export async function directoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory()
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text)))
  return directory
}

/**
 * Code of a function.
 * @param name - That it gives itself
 * @param handler - Body of `async fetch(request, env)`
 */
export function functionCode(name: string, handler = 'return new Response()', imports = ''): string {
  return `${imports}
export default {
  definition: { name: '${name}', routes: ['/${name}'], rbac: [] },
  async fetch(request: Request, env: Record<string, any>): Promise<Response> { ${handler} },
}
`
}
