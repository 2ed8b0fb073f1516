/**
 * Content hashes, which decide whether a function is deployed again.
 */
import { createHash } from 'node:crypto'
import type { Bundle } from './bundle.ts'
import type { Binding, Settings } from './settings.ts'
import { type Texts, textOf } from './texts.ts'

/** A function in the manifest of a deployment. */
export interface ManifestEntry {
  /** SHA-256 in hex of everything that determines the function's behavior, except the values of the environment. */
  readonly hash: string
  readonly bytes: number
  readonly bindings: readonly Binding[]
}

/** All functions by name. */
export type Manifest = Readonly<Record<string, ManifestEntry>>

/**
 * The manifest of a set of bundles.
 * @param bundles - All functions
 * @param settings - Their bindings
 * @param texts - The texts of text bindings
 * @param runtime - Digest of what they run in
 */
export function manifest(bundles: readonly Bundle[], settings: Settings, texts: Texts = {}, runtime = ''): Manifest {
  const names = bundles.map(({ name }) => name)
  return Object.fromEntries(
    bundles.map((bundle) => {
      const bindings = settings.bindingsOf(bundle.name, names)
      return [
        bundle.name,
        { hash: contentHash(bundle, bindings, bundles, texts, runtime), bytes: bundle.bytes, bindings },
      ]
    }),
  )
}

function contentHash(
  bundle: Bundle,
  bindings: readonly Binding[],
  bundles: readonly Bundle[],
  texts: Texts,
  runtime: string,
): string {
  const bindsCatalog = bindings.some(({ kind }) => kind === 'catalog')
  const bound = bindings.flatMap((binding) => (binding.kind === 'text' ? [textOf(texts, binding.file)] : []))
  const content = {
    code: bundle.code,
    parts: bundle.parts,
    runtime,
    bindings,
    ...(bindsCatalog && { catalog: catalog(bundles) }),
    ...(bound.length > 0 && { texts: bound }),
  }
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/**
 * The definitions of all functions: the value of the `CATALOG` binding.
 * @param bundles - All functions
 */
export function catalog(bundles: readonly Bundle[]): Bundle['definition'][] {
  return bundles.map(({ definition }) => definition)
}
