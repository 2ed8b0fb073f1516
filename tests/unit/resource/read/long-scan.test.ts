/** Scans of collections with many pages: what they answer, keep in memory, and do without a break. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import { overviewOf } from '../../../../shared/resource/read/overview.ts'
import type { Position } from '../../../../shared/resource/read/read-again.ts'
import { scan } from '../../../../shared/resource/read/scan.ts'
import { tableReader } from '../../../../shared/resource/read/table.ts'
import type { Environment } from '../../../../shared/runtime/environment.ts'
import { callOf, collectionOf, named, queryOf, resourceOf } from '../../fixtures/made-objects.ts'

/** Values whose order is easily mistaken. Long ones differ only where they are cut off. */
const SCALARS = [
  undefined,
  null,
  2,
  10,
  -1,
  '2',
  '10',
  '',
  'a',
  'B',
  true,
  ...['x', 'y'].map((end) => 'l'.repeat(300) + end),
]
const VALUES = [...SCALARS, { a: 1 }, { a: 2 }]

/** The order of two values, written down once more. */
function order(a: unknown, b: unknown, direction: number): number {
  const rank = (value: unknown): number =>
    value === undefined || value === null ? 2 : typeof value === 'number' ? 0 : 1
  const text = (value: unknown): string =>
    String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 256)
  if (rank(a) === 2 || rank(b) === 2) return rank(a) === rank(b) ? 0 : rank(a) === 2 ? 1 : -1
  if (rank(a) !== rank(b)) return (rank(a) - rank(b)) * direction
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * direction
  return (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0) * direction
}

const direction = fc.constantFrom(1, -1)
const world = fc.record({
  hasColumns: fc.boolean(),
  specs: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 40 }),
  split: fc.nat({ max: 40 }),
  directions: fc.tuple(direction, direction),
  text: fc.constantFrom(undefined, '1'),
  limit: fc.integer({ min: 1, max: 9 }),
  pageSize: fc.integer({ min: 1, max: 9 }),
})

describe('a scan', () => {
  it('has the pages of a list that is sorted as a whole', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ hasColumns, specs, split, directions, text, limit, pageSize }) => {
        const values = hasColumns ? SCALARS : VALUES
        const objects = specs.map(([a, b, isHidden]) => ({
          spec: { a: values[a % values.length], b: values[b % values.length] },
          isHidden,
        }))
        const organizations = { 'org-acme': objects.slice(0, split), 'org-globex': objects.slice(split) }
        const collections = Object.entries(organizations).map(([namespace, those]) =>
          collectionOf({
            namespace,
            count: those.length,
            pageSize,
            hasColumns,
            object: (index) => named(`c-${index}`, structuredClone(those[index]?.spec), namespace),
            isHidden: (index) => those[index]?.isHidden === true,
          }),
        )
        const shown = Object.entries(organizations)
          .flatMap(([namespace, those]) => those.map((one, index) => ({ ...one, key: `${namespace}/c-${index}` })))
          .filter(({ key, isHidden, spec: { a, b } }) => {
            const texts = [key, ...(hasColumns ? [a, b] : [])]
            return !isHidden && texts.some((one) => typeof one === 'string' && one.includes(text ?? ''))
          })
          .sort(
            (x, y) =>
              order(x.spec.a, y.spec.a, directions[0]) ||
              order(x.spec.b, y.spec.b, directions[1]) ||
              (x.key < y.key ? -1 : 1),
          )
          .map(({ key }) => key)
        const sort = ['a', 'b'].map((name, index) => ({ path: `spec.${name}`, descending: directions[index] === -1 }))
        const query = queryOf({ sort, text, limit })
        let after: Position | undefined
        for (let from = 0; from === 0 || from < shown.length; from += limit) {
          const page = await scan(callOf(), resourceOf(hasColumns), collections, query, after)
          const keys = page.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
          expect(keys).toEqual(shown.slice(from, from + limit))
          expect(page.remaining).toBe(Math.max(0, shown.length - from - limit))
          expect(page.last?.key).toBe(keys.at(-1))
          expect(page.resourceVersion).toBe('of org-globex')
          // A token is JSON.
          after = page.last && JSON.parse(JSON.stringify(page.last))
        }
      }),
      { seed: 20_261_129, numRuns: 300 },
    )
  })

  it('keeps no objects but those that may be on the page', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const made: WeakRef<KubeObject>[] = []
    let most = 0
    const collection = collectionOf({
      count: 2_000,
      pageSize: 100,
      object(index) {
        const object = named(`c-${index}`, { a: (index * 48_271) % 65_537 })
        made.push(new WeakRef(object))
        return object
      },
      async read(from) {
        await new Promise((resolve) => void setImmediate(resolve))
        collectGarbage()
        // The page before is still in use.
        most = Math.max(
          most,
          made.slice(0, Math.max(0, from - 100)).filter((made) => made.deref() !== undefined).length,
        )
      },
    })
    const query = queryOf({ sort: [{ path: 'spec.a', descending: false }], limit: 10 })
    const { items, remaining } = await scan(callOf(), resourceOf(false), [collection], query)
    expect([items.length, remaining, made.length]).toEqual([10, 1_990, 2_000])
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(20)
  })
})

/** Slices that count the objects that are worked on in each. */
function countingSlices() {
  const worked = new Set<number>()
  const next = vi.fn(async () => worked.clear())
  let most = 0
  const work = (index: number): void => {
    worked.add(index)
    most = Math.max(most, worked.size)
  }
  return { slices: { begin: next, next }, work, most: () => most }
}

/** An object that tells when it is looked at. */
function observed(index: number, work: (index: number) => void): KubeObject {
  const { metadata, ...rest } = named(`c-${index}`)
  return Object.defineProperty(rest, 'metadata', {
    get() {
      work(index)
      return metadata
    },
  }) as KubeObject
}

describe('a long page', () => {
  it.each([
    ['sorted', queryOf({ sort: [{ path: 'metadata.name', descending: true }] }), scan],
    ['searched', queryOf({ text: 'c-1' }), scan],
    ['counted', queryOf({ summary: true, overview: true }), overviewOf],
  ] as const)('is %s 250 objects at a time', async (_, query, read) => {
    const { slices, work, most } = countingSlices()
    const object = (index: number): KubeObject => observed(index, work)
    for (const [count, breaks] of [
      [250, 0],
      [1_100, 5],
    ] as const) {
      // What the collection does with the page is no work of a scan.
      const collection = collectionOf({ count, pageSize: count, object })
      collection.page = async () => {
        const items = Array.from({ length: count }, (_, index) => object(index))
        return { metadata: { resourceVersion: '7' }, items, read: count, bytes: 100 * count }
      }
      slices.next.mockClear()
      await read(callOf(slices), resourceOf(false), [collection], query)
      expect(slices.next).toHaveBeenCalledTimes(breaks)
      expect(most()).toBe(250)
    }
  })

  it('of a table becomes objects 250 rows at a time', async () => {
    const { slices, work, most } = countingSlices()
    const collection = collectionOf({
      count: 1_100,
      pageSize: 5_000,
      hasColumns: true,
      slices,
      object: (index) => named(`c-${index}`),
    })
    collection.see = (object) => {
      work(Number(object.metadata.name?.split('-')[1]))
      return object
    }
    const reader = tableReader({} as Environment, 'None', ['.metadata.name'])
    const { items } = await reader(collection, { limit: 5_000 })
    expect(items.map(({ metadata }) => metadata.name)).toEqual(
      Array.from({ length: 1_100 }, (_, index) => `c-${index}`),
    )
    expect(slices.next).toHaveBeenCalledTimes(5)
    expect(most()).toBe(250)
  })
})
