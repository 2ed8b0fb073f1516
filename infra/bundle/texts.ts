/**
 * Files that the build makes for text bindings: the API's document and the page that shows it.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Bundle } from './bundle.ts'
import { makeDocument } from './openapi/document.ts'
import { PROJECT } from './project.ts'

/** Contents by file name, relative to dist/. */
export type Texts = Readonly<Record<string, string>>

const DOCS = join(PROJECT, 'infra', 'docs')

/**
 * Makes the files: `openapi.json`, and in `docs/` the page, its script and its style.
 * @param bundles - All functions
 */
export async function makeTexts(bundles: readonly Bundle[]): Promise<Texts> {
  const [document, page, script, style] = await Promise.all([
    makeDocument(bundles),
    readFile(join(DOCS, 'index.html'), 'utf8'),
    minified('reference.ts'),
    minified('reference.css'),
  ])
  return {
    'openapi.json': JSON.stringify(document),
    'docs/index.html': page,
    'docs/reference.js': script,
    'docs/reference.css': style,
  }
}

/** A file for browsers. */
async function minified(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT,
    entryPoints: [join(DOCS, entry)],
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
 * @throws {Error} if the build does not make it
 */
export function textOf(texts: Texts, file: string): string {
  const text = texts[file]
  if (text === undefined) throw new Error(`wrangler.toml binds dist/${file}, which the build does not make`)
  return text
}
