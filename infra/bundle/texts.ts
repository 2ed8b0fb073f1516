/**
 * Files that the build writes for text bindings: the OpenAPI document and the page that shows it.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundle } from './bundle.ts'
import type { Edition } from './edition.ts'
import { build } from './esbuild.ts'
import { makeDocument } from './openapi/document.ts'
import { PROJECT } from './project.ts'

/** Contents by file name, relative to dist/. */
export type Texts = Readonly<Record<string, string>>

const DOCS = join(PROJECT, 'infra', 'docs')

/**
 * Makes `openapi.json` and, in `docs/`, the page with its script and style.
 * @param bundles - All functions
 * @param edition - Default: this project by itself
 */
export async function makeTexts(bundles: readonly Bundle[], edition?: Edition): Promise<Texts> {
  const [document, page, script, style] = await Promise.all([
    makeDocument(bundles, edition),
    readFile(join(DOCS, 'index.html'), 'utf8'),
    minified(join(DOCS, 'reference.ts')),
    minified(join(DOCS, 'reference.css')),
  ])
  return {
    'openapi.json': JSON.stringify(document),
    'docs/index.html': page,
    'docs/reference.js': script,
    'docs/reference.css': style,
  }
}

/** Bundles a script or a style for browsers. @param entry - Path of its file */
export async function minified(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}

/**
 * The contents of a file.
 * @throws {Error} if the build does not write it
 */
export function textOf(texts: Texts, file: string): string {
  const text = texts[file]
  if (text === undefined) throw new Error(`wrangler.toml binds dist/${file}, which the build does not write`)
  return text
}
