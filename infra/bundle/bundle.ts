/**
 * Bundling: each file of functions/ becomes one self-contained ES module for workerd.
 * @module
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import type { RouteAddress } from '../../shared/server/call.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import { narrowClientNode } from './client-node.ts'
import { readModule } from './definition.ts'
import { ENTRY, entry } from './entry.ts'
import { narrowJsYaml } from './js-yaml.ts'
import { type Built, type BuiltFile, renameParts } from './parts.ts'
import { functionNames, PROJECT, projectVersion } from './project.ts'

/** One bundled function. */
export interface Bundle {
  /** File name in functions/, without its extension. */
  readonly name: string
  /** The bundle's file, absolute; its source map is beside it (`.map`). */
  readonly file: string
  /** The code of the main module, minified. */
  readonly code: string
  /** Further modules by their path relative to the main one: shared by several, or loaded when first needed. */
  readonly parts: Readonly<Record<string, string>>
  /** Bytes of code that the first request loads, as it is and compressed by gzip; without what only some requests need. */
  readonly bytes: number
  readonly gzipBytes: number
  /** Bytes of the code by package; what is the project's own is `ours`. */
  readonly packages: Readonly<Record<string, number>>
  /** What the function says about itself. */
  readonly definition: FunctionDefinition
  /** Its routes, as plain data. */
  readonly routes: readonly RouteAddress[]
}

/** Where to read and write. */
export interface BundleOptions {
  /** Directory with one file per function (default: functions/ of the project). */
  readonly functions?: string
  /** Directory for the bundles (default: dist/functions of the project); other files in it are removed. */
  readonly out?: string
}

/**
 * Bundles every function. The same sources give the same bytes.
 * @returns Sorted by name
 * @throws {Error} if a function does not bundle, or does not define itself properly
 */
export async function bundleFunctions(options: BundleOptions = {}): Promise<Bundle[]> {
  const directory = options.functions ?? join(PROJECT, 'functions')
  const out = options.out ?? join(PROJECT, 'dist', 'functions')
  const names = await functionNames(directory)
  if (names.length === 0) throw new Error(`${directory} has no functions`)
  const version = await projectVersion()
  const built = await Promise.all(names.map((name) => bundleOne(name, directory, out, version)))
  await writeFiles(
    out,
    built.flatMap(({ files }) => files),
  )
  return Promise.all(names.map((name, index) => describe(name, directory, out, built[index] as Built)))
}

/** One function alone: it shares no file with another, so that it can be deployed without it. */
async function bundleOne(name: string, directory: string, out: string, version: string): Promise<Built> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: directory,
    entryPoints: [{ in: `${ENTRY}${join(directory, `${name}.ts`)}`, out: name }],
    outdir: out,
    bundle: true,
    // What is imported when it is needed becomes a part of its own: it must not cost the start of those who never need it.
    splitting: true,
    chunkNames: `${name}.parts/[name]-[hash]`,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
    define: { KAPHERA_VERSION: JSON.stringify(version) },
    plugins: [entry(), narrowClientNode(), narrowJsYaml()],
  })
  return renameParts({ files: outputFiles, metafile })
}

async function writeFiles(out: string, files: readonly BuiltFile[]): Promise<void> {
  await rm(out, { recursive: true, force: true })
  await Promise.all(
    files.map(async ({ path, text }) => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    }),
  )
}

async function describe(name: string, directory: string, out: string, built: Built): Promise<Bundle> {
  const { digest, files, metafile } = built
  const file = join(out, `${name}.js`)
  const main = files.find(({ path }) => path === file)
  if (main === undefined) throw new Error(`${name} has no bundle`)
  const parts = files.filter(({ path }) => path !== file && path.endsWith('.js'))
  const needed = loadedFirst(metafile, [`${ENTRY}${join(directory, `${name}.ts`)}`, `${name}.ts`])
  const loaded = files.filter(({ path }) => needed.has(relative(directory, path)))
  return {
    name,
    file,
    code: main.text,
    parts: Object.fromEntries(parts.map(({ path, text }) => [relative(out, path), text]).sort()),
    bytes: loaded.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    gzipBytes: loaded.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).byteLength, 0),
    packages: packageShares(metafile, needed),
    ...(await readModule(name, file, digest)),
  }
}

/** The outputs that the first request loads: the runtime's entry, the function's own module, and what they import by statement. */
function loadedFirst(metafile: Metafile, entryPoints: readonly string[]): Set<string> {
  const loaded = new Set<string>()
  const load = (output: string): void => {
    if (loaded.has(output)) return
    loaded.add(output)
    for (const { path, kind } of metafile.outputs[output]?.imports ?? []) if (kind === 'import-statement') load(path)
  }
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint !== undefined && entryPoints.includes(entryPoint)) load(output)
  }
  return loaded
}

/** Bytes of outputs by the package that they come from. */
function packageShares(metafile: Metafile, outputs: ReadonlySet<string>): Record<string, number> {
  const shares: Record<string, number> = {}
  const inputs = [...outputs].flatMap((output) => Object.entries(metafile.outputs[output]?.inputs ?? {}))
  for (const [input, { bytesInOutput }] of inputs) {
    const owner = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'ours'
    shares[owner] = (shares[owner] ?? 0) + bytesInOutput
  }
  return shares
}
