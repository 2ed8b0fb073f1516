/**
 * Bundling: each function becomes one self-contained ES module.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BuildOptions, Metafile, Plugin } from 'esbuild'
import type { RouteAddress } from '../../shared/server/call.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import { narrowClientNode } from './client-node.ts'
import { readModule } from './definition.ts'
import { crdsOf, type Edition, type FunctionFile, functionFiles, SELF_HOSTED } from './edition.ts'
import { editionModules } from './edition-modules.ts'
import { ENTRY, entry } from './entry.ts'
import { build } from './esbuild.ts'
import { narrowJsYaml } from './js-yaml.ts'
import { type Built, type BuiltFile, renameParts } from './parts.ts'
import { PROJECT, projectVersion } from './project.ts'
import { checkTogether } from './together.ts'

/** One bundled function. */
export interface Bundle {
  /** Name of its source file, without the extension. */
  readonly name: string
  /** Absolute path of its source file. */
  readonly source: string
  /** Absolute path of the bundle; its source map has the same path with `.map`. */
  readonly file: string
  /** The code of the main module, minified. */
  readonly code: string
  /** Other modules by their path relative to the main one: shared by several modules, or loaded on demand. */
  readonly parts: Readonly<Record<string, string>>
  /** Bytes of the code that every first request loads, uncompressed and with gzip. Code that is loaded on demand does not count. */
  readonly bytes: number
  readonly gzipBytes: number
  /** Bytes of the code by package; the project's own code is `ours`. */
  readonly packages: Readonly<Record<string, number>>
  /** What the function says about itself. */
  readonly definition: FunctionDefinition
  /** Its routes as plain data. */
  readonly routes: readonly RouteAddress[]
}

/** What to bundle, and where to. */
export interface BundleOptions {
  /** Default: this project by itself. */
  readonly edition?: Edition
  /** Directory for the bundles (default: functions/ in the edition's output directory); other files in it are deleted. */
  readonly out?: string
}

/**
 * Bundles every function. Equal sources give equal bytes.
 * @returns Sorted by name
 * @throws {Error} if a function cannot be bundled, its definition is invalid, another one has its name or one of its paths, or a
 * kind has no function
 */
export async function bundleFunctions(options: BundleOptions = {}): Promise<Bundle[]> {
  const edition = options.edition ?? SELF_HOSTED
  const out = options.out ?? join(edition.out, 'functions')
  const files = await functionFiles(edition)
  const built = await Promise.all(files.map((file) => bundleOne(file, edition, out)))
  await writeFiles(
    out,
    built.flatMap(({ files }) => files),
  )
  const bundles = await Promise.all(files.map((file, index) => describe(file, out, built[index] as Built)))
  const crds = await crdsOf(edition)
  // Tests leave out functions of the project; its kinds are then not served.
  const isWhole = SELF_HOSTED.functions.every((directory) => edition.functions.includes(directory))
  checkTogether(
    bundles,
    crds,
    crds.filter(({ directory }) => isWhole || !SELF_HOSTED.crds.includes(directory)),
  )
  return bundles
}

/** The options of esbuild that turn the functions of an edition into modules for any runtime. */
export function bundling(edition: Edition) {
  return {
    bundle: true,
    // A dynamic import becomes a separate file, which does not slow down a start that does not need it.
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    // Functions of another edition are compiled like those of the project, and may import its packages.
    tsconfig: join(PROJECT, 'tsconfig.json'),
    nodePaths: [join(PROJECT, 'node_modules')],
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
    define: { KAPHERA_VERSION: JSON.stringify(projectVersion()), KAPHERA_EDITION: JSON.stringify(edition.name) },
  } as const satisfies BuildOptions
}

/** The plugins that find the modules of an edition and keep packages small. */
export function plugins(edition: Edition): Plugin[] {
  return [editionModules(edition), narrowClientNode(), narrowJsYaml()]
}

/** Bundles one function. It shares no file with another, so that each can be deployed alone. */
async function bundleOne({ name, file }: FunctionFile, edition: Edition, out: string): Promise<Built> {
  const { outputFiles, metafile } = await build({
    ...bundling(edition),
    absWorkingDir: dirname(file),
    entryPoints: [{ in: ENTRY + file, out: name }],
    outdir: out,
    chunkNames: `${name}.parts/[name]-[hash]`,
    plugins: [entry(), ...plugins(edition)],
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

async function describe({ name, file: source }: FunctionFile, out: string, built: Built): Promise<Bundle> {
  const { digest, files, metafile } = built
  const file = join(out, `${name}.js`)
  const main = files.find(({ path }) => path === file)
  if (main === undefined) throw new Error(`${name} has no bundle`)
  const parts = files.filter(({ path }) => path !== file && path.endsWith('.js'))
  const needed = loadedFirst(metafile, [ENTRY + source, `${name}.ts`])
  const loaded = files.filter(({ path }) => needed.has(relative(dirname(source), path)))
  return {
    name,
    source,
    file,
    code: main.text,
    parts: Object.fromEntries(parts.map(({ path, text }) => [relative(out, path), text]).sort()),
    bytes: loaded.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    gzipBytes: loaded.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).byteLength, 0),
    packages: packageShares(metafile, needed),
    ...(await readModule(source, file, digest)),
  }
}

/** The outputs that every first request loads: the entry module, the function's module, and their static imports. */
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

/** Bytes of outputs by package. */
function packageShares(metafile: Metafile, outputs: ReadonlySet<string>): Record<string, number> {
  const shares: Record<string, number> = {}
  const inputs = [...outputs].flatMap((output) => Object.entries(metafile.outputs[output]?.inputs ?? {}))
  for (const [input, { bytesInOutput }] of inputs) {
    const owner = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'ours'
    shares[owner] = (shares[owner] ?? 0) + bytesInOutput
  }
  return shares
}
