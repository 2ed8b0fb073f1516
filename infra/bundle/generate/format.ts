/**
 * Formats generated code as the project's code is formatted.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from '../project.ts'

const BIOME = join(PROJECT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')

/**
 * Formats all files in one run of Biome: starting it takes longer than formatting.
 * @param files - Relative path and code of each file
 * @returns The formatted code by path
 * @throws {Error} if a file cannot be parsed
 */
export async function formatted(
  files: readonly (readonly [path: string, code: string])[],
): Promise<Map<string, string>> {
  // Outside the project, since Biome ignores shared/schemas in it.
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-generated-'))
  try {
    for (const [path, code] of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), code)
    }
    const settings = ['--write', '--vcs-enabled=false', '--no-errors-on-unmatched', `--config-path=${PROJECT}`]
    await promisify(execFile)(process.execPath, [BIOME, 'format', ...settings, '.'], { cwd: directory })
    const read = async (path: string): Promise<string> => readFile(join(directory, path), 'utf8')
    return new Map(await Promise.all(files.map(async ([path]) => [path, await read(path)] as const)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
