/**
 * `node build.mjs`: everything that dist/ holds but the single binary.
 * @module
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { COLLECTOR, workerdConfig } from '../workerd/config.ts'
import type { KubeService } from '../workerd/services.ts'
import { type Bundle, bundleFunctions } from './bundle.ts'
import { catalogue, type Manifest, manifest } from './manifest.ts'
import { PROJECT } from './project.ts'
import { readSettings, type Settings } from './settings.ts'
import { makeTexts, type Texts } from './texts.ts'

/** What to build, and where to. */
export interface BuildOptions {
  /** Directory with one file per function (default: functions/ of the project). */
  readonly functions?: string
  /** Directory for everything that is built (default: dist/ of the project). */
  readonly out?: string
  /** Bindings (default: the project's wrangler.toml). */
  readonly settings?: Settings
  /** How the workerd configurations reach the API server (default: as in a pod). */
  readonly kube?: KubeService
}

/** What was built. */
export interface Build {
  readonly bundles: readonly Bundle[]
  readonly settings: Settings
  readonly manifest: Manifest
  /** What text bindings hold, by file name in the output directory. */
  readonly texts: Texts
}

/**
 * Builds, in the output directory: `functions/<name>.js` and its source map, `catalogue.json` (the functions'
 * definitions), `manifest.json` (their content hashes), the files of {@link makeTexts}, `workerd/config.capnp` (gateway and
 * all functions in one process) and `workerd/<name>.capnp` (one function alone).
 */
export async function buildAll(options: BuildOptions = {}): Promise<Build> {
  const out = options.out ?? join(PROJECT, 'dist')
  const settings = options.settings ?? (await readSettings())
  const functions = options.functions ?? join(PROJECT, 'functions')
  const bundles = await bundleFunctions({ functions, out: join(out, 'functions') })
  const texts = await makeTexts(bundles)
  const result: Build = { bundles, settings, manifest: manifest(bundles, settings, texts), texts }
  await writeFile(join(out, 'catalogue.json'), json(catalogue(bundles)))
  await writeFile(join(out, 'manifest.json'), json(result.manifest))
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(out, name)), { recursive: true })
    await writeFile(join(out, name), text)
  }
  await writeWorkerd(out, result, options.kube)
  return result
}

async function writeWorkerd(out: string, { bundles, settings }: Build, kube: KubeService | undefined): Promise<void> {
  const directory = join(out, 'workerd')
  const common = {
    settings,
    directory,
    catalogue: join(out, 'catalogue.json'),
    texts: out,
    bundles: Object.fromEntries(bundles.map(({ name, file }) => [name, file])),
    parts: Object.fromEntries(bundles.map(({ name, parts }) => [name, Object.keys(parts)])),
    ...(kube !== undefined && { kube }),
  }
  const collector = await readFile(join(import.meta.dirname, '..', 'workerd', COLLECTOR), 'utf8')
  const files: [string, string][] = bundles.map(({ name }) => [
    `${name}.capnp`,
    workerdConfig({ ...common, entry: name, include: [name] }),
  ])
  files.push([COLLECTOR, collector])
  if (bundles.some(({ name }) => name === 'gateway')) files.push(['config.capnp', workerdConfig(common)])
  await mkdir(directory, { recursive: true })
  const names = new Set(files.map(([name]) => name))
  const leftovers = (await readdir(directory)).filter((name) => !names.has(name))
  await Promise.all(leftovers.map((name) => rm(join(directory, name), { recursive: true })))
  await Promise.all(files.map(([name, text]) => writeFile(join(directory, name), text)))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
