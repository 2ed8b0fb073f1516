/**
 * The right order of planned objects, computed apart from the server.
 */
import type { Planned } from './fleet.ts'

type Value = string | number | undefined

/** What to sort by. */
export interface SortKey {
  /** The parameter `sort`. */
  readonly query: string
  /** Values of an object, the most important first. */
  of(object: Planned): readonly unknown[]
  /** For each value whether it descends. */
  readonly descending: readonly boolean[]
}

/** Objects in an order; objects with equal values by namespace and name. */
export function ordered(objects: readonly Planned[], { of, descending }: SortKey): Planned[] {
  const rows = objects.map((object) => ({
    object,
    values: of(object) as readonly Value[],
    key: `${object.namespace}/${object.name}`,
  }))
  rows.sort((a, b) => {
    for (const [index, isDescending] of descending.entries()) {
      const order = compare(a.values[index], b.values[index])
      if (order !== 0) return isDescending ? -order : order
    }
    return compare(a.key, b.key)
  })
  return rows.map(({ object }) => object)
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0
  return a !== undefined && (b === undefined || a < b) ? -1 : 1
}
