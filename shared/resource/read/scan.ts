/**
 * `sort` and `q`: what the API server cannot do, done here over a bounded number of objects.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { scanLimit } from '../../runtime/settings.ts'
import type { Call } from '../../server/call.ts'
import { columnValue } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import type { Place } from '../place.ts'
import { isReady } from '../present.ts'
import type { ListQuery, SortKey } from './list-query.ts'
import { PAGE_SIZE, type Position, readPage } from './pages.ts'

/**
 * All objects that match, in the order asked for.
 * @throws {Problem} `scan_limit_exceeded` if there are more objects than may be looked at
 */
export async function scan(
  call: Call,
  resource: Resource,
  places: readonly Place[],
  query: ListQuery,
): Promise<{ items: KubeObject[]; resourceVersion: string | undefined }> {
  const limit = scanLimit(call.env)
  const found: KubeObject[] = []
  let seen = 0
  let position: Position | undefined
  let resourceVersion: string | undefined
  do {
    const page = await readPage(call, resource, places, query, PAGE_SIZE, position)
    seen += page.items.length
    if (seen > limit) throw tooMany(limit)
    found.push(...page.items.filter((object) => matches(resource, object, query.text)))
    position = page.next
    resourceVersion = page.resourceVersion
  } while (position !== undefined)
  return { items: sorted(resource, found, query.sort), resourceVersion }
}

function tooMany(limit: number): Problem {
  return new Problem(
    'scan_limit_exceeded',
    `"sort" and "q" look at no more than ${limit} objects, and there are more. Narrow the list with labelSelector or fieldSelector, or page through it unsorted.`,
    { errors: [{ pointer: '?labelSelector', detail: `must leave at most ${limit} objects` }] },
  )
}

/** Whether a text is in the name, a label's value, an annotation-free column or the display name, whatever the case. */
export function matches(resource: Resource, object: KubeObject, text: string | undefined): boolean {
  if (text === undefined) return true
  const candidates = [
    object.metadata.name,
    object.spec?.displayName,
    ...Object.values(object.metadata.labels ?? {}),
    ...resource.columns.map((column) => columnValue(column, object)),
  ]
  return candidates.some((candidate) => typeof candidate === 'string' && candidate.toLowerCase().includes(text))
}

function sorted(resource: Resource, objects: KubeObject[], keys: readonly SortKey[]): KubeObject[] {
  if (keys.length === 0) return objects
  const rows = objects.map((object) => ({ object, values: keys.map((key) => sortValue(resource, object, key.path)) }))
  rows.sort((a, b) => {
    for (const [index, { descending }] of keys.entries()) {
      const order = compare(a.values[index], b.values[index])
      if (order !== 0) return descending ? -order : order
    }
    // Equal keys keep a stable order, so that pages never overlap.
    return compare(placeAndName(a.object), placeAndName(b.object))
  })
  return rows.map(({ object }) => object)
}

function sortValue(resource: Resource, object: KubeObject, path: string): unknown {
  // The order would tell what is not shown.
  if (resource.secretFields?.some((secret) => `${path}.`.startsWith(`${secret}.`))) return undefined
  const column = resource.columns.find(({ name }) => name === path)
  if (column === undefined && path === 'ready') return isReady(object)
  return columnValue({ jsonPath: column?.jsonPath ?? `.${path}` }, object)
}

function placeAndName({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** Numbers before texts; what is missing comes last. */
function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1
  if (b === null || b === undefined) return -1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
