/**
 * The order in which manifests are applied: an object comes before those that refer to it, and the others are applied at the same time.
 */
import { referencesIn } from '../resource/references/fields.ts'
import type { Environment } from '../runtime/environment.ts'
import type { Manifest } from './manifests.ts'

/** Placeholder for the namespace of the organization, whose name makes no difference. */
const HERE = 'organization'
/** Maximum number of manifests that are applied at the same time. */
const AT_ONCE = 8

/**
 * The manifests that a manifest refers to.
 * @param manifests - All manifests of the request
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

/**
 * The manifests in groups that are applied one after the other. Those of a group do not refer to each other, and come after those
 * that they refer to, except in cycles.
 */
export function inGroups(env: Pick<Environment, 'PLATFORM_NAMESPACE'>, manifests: readonly Manifest[]): Manifest[][] {
  const groups: Manifest[][] = []
  const placed = new Map<Manifest, number>()
  const place = (manifest: Manifest, above: readonly Manifest[]): void => {
    if (placed.has(manifest) || above.includes(manifest)) return
    const needed = dependencies(env, manifest, manifests)
    for (const other of needed) place(other, [...above, manifest])
    let index = Math.max(0, ...needed.map((other) => (placed.get(other) ?? -1) + 1))
    while (groups[index]?.length === AT_ONCE) index += 1
    placed.set(manifest, index)
    groups[index] = [...(groups[index] ?? []), manifest]
  }
  for (const manifest of manifests) place(manifest, [])
  return groups
}
