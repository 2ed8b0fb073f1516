/**
 * Bundling: each file of functions/ becomes one self-contained ES module for workerd.
 * @module
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type OutputFile } from 'esbuild'
import type { RouteAddress } from '../../shared/resource/call.ts'
import type { FunctionDefinition } from '../../shared/resource/definition.ts'
import { narrowClientNode } from './client-node.ts'
import { readModule } from './definition.ts'
import { narrowJsYaml } from './js-yaml.ts'
import { functionNames, PROJECT, projectVersion } from './project.ts'

/** One bundled function. */
export interface Bundle {
  /** File name in functions/, without its extension. */
  readonly name: string
  /** The bundle's file, absolute; its source map is beside it (`.map`). */
  readonly file: string
  /** The code, minified. */
  readonly code: string
  /** Size of the code in bytes, as it is and compressed by gzip. */
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
  const { outputFiles, metafile } = await build({
    absWorkingDir: PROJECT,
    entryPoints: names.map((name) => ({ in: join(directory, `${name}.ts`), out: name })),
    outdir: out,
    bundle: true,
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
    define: { KAPHERA_VERSION: JSON.stringify(await projectVersion()) },
    plugins: [narrowClientNode(), narrowJsYaml()],
  })
  await writeOutputs(out, outputFiles)
  return Promise.all(names.map((name) => describe(name, join(out, `${name}.js`), outputFiles, metafile)))
}

async function writeOutputs(out: string, files: readonly OutputFile[]): Promise<void> {
  await mkdir(out, { recursive: true })
  await Promise.all(files.map((file) => writeFile(file.path, file.contents)))
  const written = new Set(files.map((file) => basename(file.path)))
  const leftovers = (await readdir(out)).filter((name) => !written.has(name))
  await Promise.all(leftovers.map((name) => rm(join(out, name), { recursive: true })))
}

async function describe(
  name: string,
  file: string,
  outputs: readonly OutputFile[],
  metafile: Metafile,
): Promise<Bundle> {
  const output = outputs.find(({ path }) => path === file)
  if (output === undefined) throw new Error(`${name} has no bundle`)
  return {
    name,
    file,
    code: output.text,
    bytes: output.contents.byteLength,
    gzipBytes: gzipSync(output.contents, { level: 9 }).byteLength,
    packages: packageShares(metafile, relative(PROJECT, file)),
    ...(await readModule(name, file, output.hash)),
  }
}

/** Bytes of an output by the package that they come from. */
function packageShares(metafile: Metafile, output: string): Record<string, number> {
  const shares: Record<string, number> = {}
  for (const [input, { bytesInOutput }] of Object.entries(metafile.outputs[output]?.inputs ?? {})) {
    const owner = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'ours'
    shares[owner] = (shares[owner] ?? 0) + bytesInOutput
  }
  return shares
}
