/**
 * `node build.mjs`: builds everything in dist/ except what is compiled.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Bundle, bundleFunctions } from './bundle.ts'
import { type Edition, SELF_HOSTED } from './edition.ts'
import { catalog, type Manifest, manifest } from './manifest.ts'
import { runtimeDigest } from './runtime-digest.ts'
import { readSettings, type Settings } from './settings.ts'
import { makeTexts, type Texts } from './texts.ts'

/** What to build, and where. */
export interface BuildOptions {
  /** Default: this project by itself. */
  readonly edition?: Edition
  /** Output directory (default: the edition's). */
  readonly out?: string
  /** Bindings (default: those of the edition). */
  readonly settings?: Settings
}

/** What was built. */
export interface Build {
  readonly edition: Edition
  readonly bundles: readonly Bundle[]
  readonly settings: Settings
  readonly manifest: Manifest
  /** The texts of text bindings, by file name in the output directory. */
  readonly texts: Texts
}

/**
 * Builds into the output directory: `functions/<name>.js` and its source map, `catalog.json` (the functions'
 * definitions), `manifest.json` (their content hashes) and the files of {@link makeTexts}.
 */
export async function buildAll(options: BuildOptions = {}): Promise<Build> {
  const { edition = SELF_HOSTED } = options
  const out = options.out ?? edition.out
  const settings = options.settings ?? (await readSettings(edition))
  const bundles = await bundleFunctions({ edition, out: join(out, 'functions') })
  const texts = await makeTexts(bundles, edition)
  const result: Build = {
    edition,
    bundles,
    settings,
    manifest: manifest(bundles, settings, texts, await runtimeDigest(edition)),
    texts,
  }
  await writeFile(join(out, 'catalog.json'), json(catalog(bundles)))
  await writeFile(join(out, 'manifest.json'), json(result.manifest))
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(out, name)), { recursive: true })
    await writeFile(join(out, name), text)
  }
  return result
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
