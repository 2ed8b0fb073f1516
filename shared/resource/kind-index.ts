/**
 * Questions about kinds that the generated index answers.
 */
import { ORGANIZATIONS } from '../auth/index.ts'
import type { KindSummary } from '../kind/kind.ts'
import { KINDS } from '../schemas/kinds.ts'

/** The kinds that refer to a kind. */
export function referringKinds(plural: string): string[] {
  return Object.entries(KINDS)
    .filter(([, { references }]) => Object.values(references).some((reference) => reference.plural === plural))
    .map(([kind]) => kind)
}

/**
 * The kinds that objects can depend on, directly or through others: by references, and by belonging to an organization.
 * @param kind - Of the objects
 */
export function reachableKinds({ references, scope }: Pick<KindSummary, 'references' | 'scope'>): string[] {
  const reached = new Set<string>(scope === 'organization' ? [ORGANIZATIONS.plural] : [])
  const add = (kind: Pick<KindSummary, 'references'> | undefined): void => {
    for (const { plural } of Object.values(kind?.references ?? {})) reached.add(plural)
  }
  add({ references })
  // Iterating over a set includes what is added meanwhile.
  for (const plural of reached) add(KINDS[plural])
  return [...reached]
}
