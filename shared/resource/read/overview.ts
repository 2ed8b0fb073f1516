/**
 * `GET …/{plural}?view=overview`: how many objects there are, and how many are ready. They are read in the API server's
 * Table form, so that the cost does not depend on the size of the objects.
 */
import type { KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import type { Call } from '../../server/call.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { isReady } from '../present.ts'
import { FirstRows } from './first-rows.ts'
import { inSlices } from './in-slices.ts'
import type { ListQuery } from './list-query.ts'
import { namespaceAndName } from './pages.ts'
import { readAgain } from './read-again.ts'
import { bounded, matches, pagesOf } from './scan.ts'
import { READY_FIELDS } from './table.ts'

/** Objects that are shown, because they have not been ready for the longest time. */
const SHOWN = 10

/** The fields that are counted and ordered by. */
const COUNTED: readonly string[] = [...READY_FIELDS, '.status.phase', '.metadata.creationTimestamp']

/** The phase of an object whose status has none. */
const NO_PHASE = 'Unknown'

/** Object counts. */
export interface Counts {
  readonly total: number
  readonly ready: number
  /** Number of objects by `status.phase`. */
  readonly phases: Readonly<Record<string, number>>
}

/** An overview of collections. */
export interface Overview {
  readonly counts: Counts
  /** The oldest objects that are not ready. */
  readonly items: KubeObject[]
}

/**
 * Counts the objects of some collections.
 * @throws {Problem} `scan_limit_exceeded` if there are too many objects or collections
 */
export async function overviewOf(
  call: Call,
  resource: Resource,
  collections: readonly Collection<Resource>[],
  query: ListQuery,
): Promise<Overview> {
  let total = 0
  let ready = 0
  let read = 0
  let version: string | undefined
  const phases = new Map<string, number>()
  const oldest = new FirstRows<Unready>(byAge, SHOWN)
  for await (const page of bounded(call, collections, pagesOf(call, collections, query, COUNTED))) {
    read += page.read
    version = page.resourceVersion
    const { isSummary } = page
    for await (const some of inSlices(page.items, call.slices)) {
      const objects = some.filter((object) => matches(resource, object, query.text))
      const unready = objects.filter((object) => !isReady(object))
      total += objects.length
      ready += objects.length - unready.length
      for (const object of objects) {
        const phase = phaseOf(object)
        phases.set(phase, (phases.get(phase) ?? 0) + 1)
      }
      for (const object of unready) oldest.add({ object, age: ageKey(object), isSummary })
    }
  }
  const unready = oldest.sorted()
  let shown: readonly { readonly object: KubeObject | undefined }[] = unready
  if (unready.some(({ isSummary }) => !isSummary)) {
    const rows = unready.map(({ object }) => ({
      values: [],
      key: namespaceAndName(object),
      bytes: 0,
      object: undefined,
    }))
    shown = await readAgain(call, collections, query, rows, read, version)
  }
  const items = shown.flatMap(({ object }) => (object === undefined || isReady(object) ? [] : [object]))
  return { counts: { total, ready, phases: Object.fromEntries([...phases].sort()) }, items }
}

/** An object that is not ready. */
interface Unready {
  readonly object: KubeObject
  /** What it is ordered by. */
  readonly age: string
  /** Whether it has all that summaries show. */
  readonly isSummary: boolean
}

function phaseOf(object: KubeObject): string {
  const phase = valueAt(object, ['status', 'phase'])
  return typeof phase === 'string' && phase !== '' ? phase : NO_PHASE
}

/** Kubernetes writes all times in the same form, so their texts sort by time. No two are equal, because names are not. */
function byAge(a: Unready, b: Unready): number {
  return a.age < b.age ? -1 : 1
}

function ageKey({ metadata: { creationTimestamp = '', namespace = '', name = '' } }: KubeObject): string {
  return `${creationTimestamp} ${namespace}/${name}`
}
