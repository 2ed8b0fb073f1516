/**
 * All functions as one bundle, for one process: what they share once, the rest loaded when it is first asked for.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allFunctions, textFile } from './all-functions.ts'
import type { Build } from './build.ts'
import { bundling, plugins } from './bundle.ts'
import { build } from './esbuild.ts'
import { catalog } from './manifest.ts'
import { PROJECT, projectVersion } from './project.ts'
import type { Binding } from './settings.ts'
import { textOf } from './texts.ts'

/** What to bundle, and where to. */
export interface OneProcessOptions {
  /** What `buildAll` has made. */
  readonly built: Build
  /** Directory for the bundle; other files in it are removed. */
  readonly out: string
  /** The adapter's main module, which imports `kaphera:functions`. */
  readonly main: string
}

/**
 * Bundles an adapter with all functions.
 * @returns The main module's file
 */
export async function bundleOneProcess({ built, out, main }: OneProcessOptions): Promise<string> {
  const names = built.bundles.map(({ name }) => name)
  const bindings = together(names.flatMap((name) => built.settings.bindingsOf(name, names)))
  const all = allFunctions({
    bundles: built.bundles,
    bindings,
    catalog: JSON.stringify(catalog(built.bundles)),
    version: projectVersion(),
  })
  const { outputFiles } = await build({
    ...bundling(built.edition),
    absWorkingDir: PROJECT,
    entryPoints: [{ in: main, out: 'main' }],
    outdir: out,
    chunkNames: '[name]-[hash]',
    external: ['node:*'],
    sourcemap: false,
    plugins: [all, ...plugins(built.edition)],
  })
  const texts = bindings.flatMap((binding) =>
    binding.kind === 'text'
      ? [{ path: join(out, textFile(binding.name)), text: textOf(built.texts, binding.file) }]
      : [],
  )
  await rm(out, { recursive: true, force: true })
  await mkdir(out, { recursive: true })
  await Promise.all([...outputFiles, ...texts].map(({ path, text }) => writeFile(path, text)))
  return join(out, 'main.js')
}

/** The bindings of several functions, each once. */
function together(bindings: readonly Binding[]): Binding[] {
  return [...new Map(bindings.map((binding) => [binding.name, binding])).values()]
}
