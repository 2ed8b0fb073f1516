/**
 * In which order manifests are applied: what is referred to comes first.
 * @module
 */

import { referencesIn } from '../resource/references/fields.ts'
import type { Environment } from '../runtime/environment.ts'
import type { Manifest } from './manifests.ts'

/** Stands for the namespace of the organisation, which is not known here and makes no difference. */
const HERE = 'organization'

/**
 * The manifests that one refers to, among those that are applied together.
 * @param manifests - All of them
 */
export function dependencies(
  env: Pick<Environment, 'PLATFORM_NAMESPACE'>,
  manifest: Manifest,
  manifests: readonly Manifest[],
): Manifest[] {
  const references = referencesIn(env, manifest.entry.references, manifest.body.spec, HERE)
  return manifests.filter(
    (other) =>
      other !== manifest &&
      references.some(
        ({ plural, name, namespace }) => namespace === HERE && plural === other.plural && name === other.name,
      ),
  )
}

/** The manifests, what is referred to first; otherwise, and in circles, in the order given. */
export function inOrder(env: Pick<Environment, 'PLATFORM_NAMESPACE'>, manifests: readonly Manifest[]): Manifest[] {
  const ordered = new Set<Manifest>()
  const visit = (manifest: Manifest, above: readonly Manifest[]): void => {
    if (ordered.has(manifest) || above.includes(manifest)) return
    for (const dependency of dependencies(env, manifest, manifests)) visit(dependency, [...above, manifest])
    ordered.add(manifest)
  }
  for (const manifest of manifests) visit(manifest, [])
  return [...ordered]
}
