/**
 * Content hashes: what decides whether a function is deployed anew.
 * @module
 */
import { createHash } from 'node:crypto'
import type { Bundle } from './bundle.ts'
import type { Binding, Settings } from './settings.ts'
import { type Texts, textOf } from './texts.ts'

/** One function as a deployment sees it. */
export interface ManifestEntry {
  /** SHA-256, in hex, of everything that makes the function behave as it does, but for the environment's values. */
  readonly hash: string
  readonly bytes: number
  readonly bindings: readonly Binding[]
}

/** All functions by name. */
export type Manifest = Readonly<Record<string, ManifestEntry>>

/**
 * The manifest of a set of bundles.
 * @param bundles - All functions
 * @param settings - Their bindings and the runtime's compatibility
 * @param texts - What text bindings hold
 */
export function manifest(bundles: readonly Bundle[], settings: Settings, texts: Texts = {}): Manifest {
  const names = bundles.map(({ name }) => name)
  return Object.fromEntries(
    bundles.map((bundle) => {
      const bindings = settings.bindingsOf(bundle.name, names)
      return [
        bundle.name,
        { hash: contentHash(bundle, bindings, settings, bundles, texts), bytes: bundle.bytes, bindings },
      ]
    }),
  )
}

function contentHash(
  bundle: Bundle,
  bindings: readonly Binding[],
  settings: Settings,
  bundles: readonly Bundle[],
  texts: Texts,
): string {
  const bindsCatalogue = bindings.some(({ kind }) => kind === 'catalogue')
  const bound = bindings.flatMap((binding) => (binding.kind === 'text' ? [textOf(texts, binding.file)] : []))
  const content = {
    code: bundle.code,
    parts: bundle.parts,
    compatibilityDate: settings.compatibilityDate,
    compatibilityFlags: settings.compatibilityFlags,
    bindings,
    ...(bindsCatalogue && { catalogue: catalogue(bundles) }),
    ...(bound.length > 0 && { texts: bound }),
  }
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/**
 * The definitions of all functions: the value of the `CATALOGUE` binding.
 * @param bundles - All functions
 */
export function catalogue(bundles: readonly Bundle[]): Bundle['definition'][] {
  return bundles.map(({ definition }) => definition)
}
