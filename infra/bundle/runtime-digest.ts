/**
 * What all functions run in, as part of their content hashes.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundling, plugins } from './bundle.ts'
import { type Edition, SELF_HOSTED } from './edition.ts'
import { build } from './esbuild.ts'
import { PROJECT } from './project.ts'

/** The modules of the adapter that ships. */
const ADAPTER = join(PROJECT, 'infra', 'runtimes', 'bun')

/** SHA-256 in hex of Bun's version and the adapter's code. Comments, formatting and functions do not change it. */
export async function runtimeDigest(edition: Edition = SELF_HOSTED): Promise<string> {
  const bun = await readFile(join(PROJECT, 'node_modules', 'bun', 'package.json'), 'utf8')
  const { outputFiles } = await build({
    ...bundling(edition),
    absWorkingDir: PROJECT,
    entryPoints: [join(ADAPTER, 'main.ts'), join(ADAPTER, 'loader.ts')],
    outdir: ADAPTER,
    splitting: false,
    sourcemap: false,
    external: ['node:*', 'kaphera:functions'],
    plugins: plugins(edition),
  })
  const digest = createHash('sha256').update(JSON.parse(bun).version)
  for (const { text } of outputFiles) digest.update(text)
  return digest.digest('hex')
}
