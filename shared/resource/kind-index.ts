/**
 * Questions about kinds that the generated index answers.
 * @module
 */
import { KINDS } from '../schemas/kinds.ts'

/** Whether objects of a kind can be offered to other organisations. */
export function isShared({ plural }: { readonly plural: string }): boolean {
  return KINDS[plural]?.sharing !== undefined
}

/** The kinds that refer to a kind. */
export function referringKinds(plural: string): string[] {
  return Object.entries(KINDS)
    .filter(([, { references }]) => Object.values(references).some((reference) => reference.plural === plural))
    .map(([kind]) => kind)
}
