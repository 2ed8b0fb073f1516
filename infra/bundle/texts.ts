/**
 * Files that the build makes for text bindings: the API's document and the pages that show it.
 * @module
 */
import type { Bundle } from './bundle.ts'
import { makeDocument } from './openapi/document.ts'

/** Contents by file name, relative to dist/. */
export type Texts = Readonly<Record<string, string>>

/**
 * Makes the files: `openapi.json`.
 * @param bundles - All functions
 */
export async function makeTexts(bundles: readonly Bundle[]): Promise<Texts> {
  return { 'openapi.json': JSON.stringify(await makeDocument(bundles)) }
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
