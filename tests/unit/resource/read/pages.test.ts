/** Pages of several collections, one after the other. */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import { FREE_BYTES, PAGE_BYTES, type PageOptions } from '../../../../shared/kube/index.ts'
import type { CollectedKind, Collection } from '../../../../shared/resource/collection.ts'
import { namespaceAndName, readPage, readStreamed, streamPageSize } from '../../../../shared/resource/read/pages.ts'

type Collected = Collection<CollectedKind>

/** What a collection answers to one request. */
interface Answered {
  readonly names?: readonly string[]
  readonly continue?: string
  readonly remaining?: number
  readonly bytes?: number
  /** How many hidden objects were read as well. */
  readonly hidden?: number
  readonly isSparse?: boolean
}

/** A collection with an answer, and what is asked of it. */
function collectionOf(namespace: string, answer: Answered = {}, isFiltered = false) {
  const { names = [], bytes = 10, hidden = 0, isSparse } = answer
  const asked: PageOptions[] = []
  const collection = {
    namespace,
    isFiltered,
    async page(options: PageOptions) {
      asked.push(options)
      const items = names.map((name) => ({ metadata: { name, namespace } }) as KubeObject)
      const metadata = {
        resourceVersion: `of ${namespace}`,
        continue: answer.continue ?? '',
        remainingItemCount: answer.remaining,
      }
      return { items, metadata, bytes, read: items.length + hidden, ...(isSparse !== undefined && { isSparse }) }
    },
  }
  return { collection: collection as unknown as Collected, asked }
}

const namesOf = (items: readonly KubeObject[]) => items.map(({ metadata }) => metadata.name)

describe('a page', () => {
  it('has the objects of all collections, in their order', async () => {
    const [a, b] = [collectionOf('a', { names: ['x', 'y'], hidden: 1 }), collectionOf('b', { names: ['z'], bytes: 5 })]
    const { items, ...page } = await readPage([a.collection, b.collection], {}, 100)
    expect(items.map(namespaceAndName)).toEqual(['a/x', 'a/y', 'b/z'])
    expect(page).toEqual({
      read: 4,
      bytes: 15,
      next: undefined,
      resourceVersion: 'of b',
      remaining: undefined,
      isSparse: false,
    })
  })

  it('asks each for what is left of objects and bytes, with the selectors', async () => {
    const [a, b] = [collectionOf('a', { names: ['x'], hidden: 2, bytes: 100 }), collectionOf('b')]
    const selection = { labelSelector: 'tier=gold', fieldSelector: 'metadata.name=x' }
    await readPage([a.collection, b.collection], selection, 10, { namespace: 'a', continue: 'token' })
    expect(a.asked).toEqual([{ ...selection, limit: 10, bytes: PAGE_BYTES, continue: 'token' }])
    expect(b.asked).toEqual([{ ...selection, limit: 7, bytes: PAGE_BYTES - 100, continue: undefined }])
  })

  it('is sparse if any of its objects are', async () => {
    const sparse = collectionOf('a', { isSparse: true }).collection
    const whole = collectionOf('b', { isSparse: false }).collection
    expect((await readPage([sparse, whole], {}, 10)).isSparse).toBe(true)
    expect((await readPage([whole, sparse], {}, 10)).isSparse).toBe(true)
    expect((await readPage([whole], {}, 10)).isSparse).toBe(false)
  })

  it('has no collection, no objects and no next page', async () => {
    expect(await readPage([], {}, 10)).toMatchObject({ items: [], read: 0, bytes: 0, next: undefined, isSparse: false })
  })
})

describe('the next page', () => {
  it('is in the same collection while that has more', async () => {
    const [a, b] = [collectionOf('a', { names: ['x'], continue: 'more', isSparse: true }), collectionOf('b')]
    const page = await readPage([a.collection, b.collection], {}, 10)
    expect(page).toMatchObject({ next: { namespace: 'a', continue: 'more' }, resourceVersion: 'of a', isSparse: true })
    expect(namesOf(page.items)).toEqual(['x'])
    expect(b.asked).toEqual([])
  })

  it.each([
    ['as many objects as asked for were read', { names: ['x', 'y'] }, true],
    ['hidden ones, too', { hidden: 2 }, true],
    ['fewer were read', { names: ['x'] }, false],
    ['its objects are large', { bytes: FREE_BYTES / 2 + 1 }, true],
    ['they could still be followed by others', { bytes: FREE_BYTES / 2 }, false],
  ] as const)('begins with the next collection when %s', async (_, answer, ends) => {
    const [a, b] = [collectionOf('a', answer), collectionOf('b')]
    const { next } = await readPage([a.collection, b.collection], {}, 2)
    expect(next).toEqual(ends ? { namespace: 'b' } : undefined)
    expect(b.asked).toHaveLength(ends ? 0 : 1)
  })

  it('begins after 16 collections, wherever the page began', async () => {
    const all = Array.from({ length: 19 }, (_, index) => collectionOf(`n${String(index).padStart(2, '0')}`))
    const collections = all.map(({ collection }) => collection)
    const first = await readPage(collections, {}, 100)
    expect(first.next).toEqual({ namespace: 'n16' })
    expect((await readPage(collections, {}, 100, { namespace: 'n02' })).next).toEqual({ namespace: 'n18' })
    expect((await readPage(collections, {}, 100, { namespace: 'n03' })).next).toBeUndefined()
    expect(all.map(({ asked }) => asked.length)).toEqual([1, 1, 2, ...Array(13).fill(3), 2, 2, 1])
  })

  it('is none after the last collection, even if the page is full', async () => {
    expect((await readPage([collectionOf('a', { names: ['x'] }).collection], {}, 1)).next).toBeUndefined()
  })

  it('is gone if its collection is', async () => {
    const reading = readPage([collectionOf('a').collection], {}, 10, { namespace: 'b' })
    await expect(reading).rejects.toMatchObject({ code: 'gone' })
  })

  it('does not repeat the collections before it', async () => {
    const [a, b] = [collectionOf('a'), collectionOf('b', { names: ['x'] })]
    const page = await readPage([a.collection, b.collection], {}, 10, { namespace: 'b', continue: 't' })
    expect(namesOf(page.items)).toEqual(['x'])
    expect([a.asked.length, b.asked[0]?.continue]).toEqual([0, 't'])
  })
})

describe('the number of objects that follow', () => {
  const answer = { names: ['x'], continue: 'more', remaining: 7 }

  it('is that of the API server', async () => {
    expect((await readPage([collectionOf('a', answer).collection], {}, 1)).remaining).toBe(7)
  })

  it('is unknown if some are hidden, or if there are other collections', async () => {
    const filtered = collectionOf('a', answer, true).collection
    expect((await readPage([filtered], {}, 1)).remaining).toBeUndefined()
    const [a, b] = [collectionOf('a', answer).collection, collectionOf('b').collection]
    expect((await readPage([a, b], {}, 1)).remaining).toBeUndefined()
  })
})

describe('objects that are passed on one by one', () => {
  it('are read in pages that need no share of the memory for large answers', async () => {
    const { collection, asked } = collectionOf('a')
    await readPage([collection as never], { labelSelector: 'a=b' }, 50, undefined, readStreamed)
    expect(asked).toEqual([
      { labelSelector: 'a=b', fieldSelector: undefined, limit: 50, bytes: FREE_BYTES, continue: undefined },
    ])
  })

  it('are read 250 at a time, or as many as fit', async () => {
    expect(streamPageSize()).toBe(250)
    const page = await readPage([collectionOf('a', { hidden: 100, bytes: FREE_BYTES }).collection], {}, 100)
    expect(streamPageSize(page)).toBe(75)
    expect(streamPageSize({ ...page, bytes: 1 })).toBe(250)
  })
})

it('objects are ordered by namespace and name', () => {
  expect(namespaceAndName({ metadata: { namespace: 'n', name: 'x' } } as KubeObject)).toBe('n/x')
  expect(namespaceAndName({ metadata: {} } as KubeObject)).toBe('/')
})
