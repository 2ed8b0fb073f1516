/**
 * The order in which manifests are applied: an object comes before those that refer to it, and the others are applied at the same time.
 */
import { referencesIn } from '../resource/references/fields.ts'
import type { Environment } from '../runtime/environment.ts'
import type { Manifest } from './manifests.ts'

/** Stands for the namespace where a reference names none. No namespace has this name. */
const HERE = '*'
/** Maximum number of manifests that are applied at the same time. */
const AT_ONCE = 8

/** What each manifest of a request refers to among the others, in the order of the request. */
export type Dependencies = ReadonlyMap<Manifest, readonly Manifest[]>

/**
 * What manifests refer to.
 * @param manifests - All manifests of the request
 * @param owns - Whether a namespace is that of the organization
 */
export function dependencies(
  env: Pick<Environment, 'PLATFORM_NAMESPACE'>,
  manifests: readonly Manifest[],
  owns: (namespace: string) => boolean,
): Dependencies {
  return new Map(
    manifests.map((manifest) => {
      // A manifest may have thousands of references.
      const references = referencesIn(env, manifest.entry.references, manifest.body.spec, HERE)
      const named = new Set(references.filter(({ namespace }) => namespace === HERE || owns(namespace)).map(identityOf))
      return [manifest, manifests.filter((other) => other !== manifest && named.has(identityOf(other)))]
    }),
  )
}

function identityOf({ plural, name }: Pick<Manifest, 'plural' | 'name'>): string {
  return `${plural}/${name}`
}

/**
 * The manifests in groups that are applied one after the other. Those of a group do not refer to each other, and come after those
 * that they refer to, except in cycles.
 */
export function inGroups(dependsOn: Dependencies): Manifest[][] {
  const groups: Manifest[][] = []
  const placed = new Map<Manifest, number>()
  const place = (manifest: Manifest, above: readonly Manifest[]): void => {
    if (placed.has(manifest) || above.includes(manifest)) return
    const needed = dependsOn.get(manifest) ?? []
    for (const other of needed) place(other, [...above, manifest])
    let index = Math.max(0, ...needed.map((other) => (placed.get(other) ?? -1) + 1))
    while (groups[index]?.length === AT_ONCE) index += 1
    placed.set(manifest, index)
    groups[index] = [...(groups[index] ?? []), manifest]
  }
  for (const manifest of dependsOn.keys()) place(manifest, [])
  return groups
}
