import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import { LastWrites } from '../../../shared/kube/last-writes.ts'
import { ANSWER_BYTES, PAGE_BYTES } from '../../../shared/kube/memory.ts'
import { KubeObjects, type WriteSettings } from '../../../shared/kube/objects.ts'
import { AnswerTooLarge } from '../../../shared/kube/read-json.ts'
import type { KubeRequest } from '../../../shared/kube/request-factory.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }
const TARGET = { ...CONNECTORS, namespace: 'org-acme' }

type Answer = unknown | Error

/** The objects of an API server that gives these answers in turn, the last one again and again. */
function objectsOf(answers: readonly Answer[], settings?: WriteSettings, bytes = 1_000) {
  const asked: { request: KubeRequest; limit: number }[] = []
  const rest = [...answers]
  const release = vi.fn()
  const lastWrites = new LastWrites()
  const kube = {
    lastWrites,
    release,
    slices: undefined,
    send: () => Promise.reject(new TypeError('only reads')),
    async read(request: KubeRequest, limit: number) {
      asked.push({ request, limit })
      const answer = rest.length > 1 ? rest.shift() : rest[0]
      if (answer instanceof Error) throw answer
      return { value: answer, bytes }
    },
  }
  const objects = new KubeObjects(kube, CONNECTORS, 'org-acme', settings)
  return { objects, asked, release, lastWrites, queries: () => asked.map(({ request }) => request.query) }
}

const edc = { metadata: { name: 'edc', resourceVersion: '7' } }
const page = (items: unknown[], metadata: object = {}) => ({ metadata, items })

describe('one object', () => {
  it('is read as it is at the moment, or from the watch cache', async () => {
    const { objects, asked } = objectsOf([edc])
    expect(await objects.get('edc')).toEqual(edc)
    await objects.get('edc', '5')
    expect(asked).toEqual([
      { request: { ...TARGET, verb: 'get', name: 'edc', query: { resourceVersion: undefined } }, limit: ANSWER_BYTES },
      { request: { ...TARGET, verb: 'get', name: 'edc', query: { resourceVersion: '5' } }, limit: ANSWER_BYTES },
    ])
  })

  it('is undefined if it does not exist, and only then', async () => {
    expect(await objectsOf([new Problem('not_found', 'x')]).objects.get('edc')).toBeUndefined()
    const { objects } = objectsOf([new Problem('kind_not_served', 'x')])
    await expect(objects.get('edc')).rejects.toMatchObject({ code: 'kind_not_served' })
  })

  it.each<[string, unknown]>([
    ['without a name', { metadata: {} }],
    ['with an empty name', { metadata: { name: '' } }],
    ['without metadata', { status: 'Success' }],
    ['that is a Status', { kind: 'Status', metadata: {}, status: 'Success' }],
  ])('%s is no answer to a read or a write', async (_, answer) => {
    const { objects } = objectsOf([answer])
    await expect(objects.get('edc')).rejects.toMatchObject({ code: 'cluster_unavailable' })
    await expect(objects.create({})).rejects.toMatchObject({ code: 'cluster_unavailable' })
  })
})

describe('a page', () => {
  it('is asked for with its selection, and has its size', async () => {
    const { objects, asked } = objectsOf([page([edc], { continue: 'c' })])
    const selection = { labelSelector: 'a=b', fieldSelector: 'c=d' }
    expect(await objects.page({ ...selection, limit: 5, continue: 'x' })).toEqual({
      items: [edc],
      metadata: { continue: 'c' },
      bytes: 1_000,
    })
    expect(asked).toEqual([
      { request: { ...TARGET, verb: 'list', query: { ...selection, limit: '5', continue: 'x' } }, limit: PAGE_BYTES },
    ])
  })

  it('is of this moment, or has reached a version', async () => {
    const { objects, queries } = objectsOf([page([])])
    await objects.page({ limit: 5 })
    await objects.page({ limit: 5, notOlderThan: '9' })
    expect(queries()).toEqual([
      { limit: '5', continue: undefined },
      { limit: '5', continue: undefined, resourceVersion: '9', resourceVersionMatch: 'NotOlderThan' },
    ])
  })

  it('can be limited to fewer bytes, but for a single object', async () => {
    const { objects, asked } = objectsOf([page([])])
    await objects.page({ limit: 2, bytes: 10 })
    await objects.page({ limit: 1, bytes: 10 })
    expect(asked.map(({ limit }) => limit)).toEqual([10, ANSWER_BYTES])
  })

  it.each([
    // At most half as many, and at most as many as there were within the limit.
    [500, 400, '250'],
    [500, 101, '100'],
    [500, 250, '249'],
    [500, 1, '1'],
    // A table does not tell how many there were.
    [500, 0, '250'],
    [3, 3, '1'],
    [2, 2, '1'],
  ])('of %i objects that is too large after %i has fewer: %s', async (limit, had, next) => {
    const { objects, queries } = objectsOf([new AnswerTooLarge(had), page([])])
    await objects.page({ limit })
    expect(queries().map((query) => query?.limit)).toEqual([String(limit), next])
  })

  it('of one object that is too large is an error', async () => {
    const { objects, asked } = objectsOf([new AnswerTooLarge(2)])
    await expect(objects.page({ limit: 1 })).rejects.toThrow(AnswerTooLarge)
    expect(asked).toHaveLength(1)
  })

  it('is not asked for again after another error', async () => {
    const { objects, asked } = objectsOf([new Problem('forbidden', 'x'), page([])])
    await expect(objects.page({ limit: 10 })).rejects.toMatchObject({ code: 'forbidden' })
    expect(asked).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['without metadata', { items: [] }],
    ['without items', { metadata: {} }],
    ['with items that are no list', { metadata: {}, items: {} }],
  ])('%s is no answer', async (_, answer) => {
    await expect(objectsOf([answer]).objects.page({ limit: 10 })).rejects.toMatchObject({ code: 'cluster_unavailable' })
  })

  it('can be a table of printer columns', async () => {
    const table = { metadata: {}, columnDefinitions: [], rows: [] }
    const { objects, asked } = objectsOf([table])
    expect(await objects.table({ limit: 5 }, 'Metadata')).toEqual({ ...table, bytes: 1_000 })
    expect(asked[0]?.request).toMatchObject({
      verb: 'list',
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
      query: { includeObject: 'Metadata', limit: '5' },
    })
  })
})

describe('whether there is an object', () => {
  it('is asked of the watch cache, which has at least the last write of this process', async () => {
    const { objects, queries, lastWrites } = objectsOf([page([]), page([edc])])
    const selection = { fieldSelector: 'spec.a=b' }
    expect(await objects.mayHave(selection)).toBe(false)
    lastWrites.note('connectors', '12')
    expect(await objects.mayHave(selection)).toBe(true)
    const query = { ...selection, limit: '1', resourceVersionMatch: 'NotOlderThan' }
    expect(queries()).toMatchObject([
      { ...query, resourceVersion: '1' },
      { ...query, resourceVersion: '12' },
    ])
  })
})

describe('all objects', () => {
  async function read({ objects }: ReturnType<typeof objectsOf>, most?: number): Promise<unknown[]> {
    const found: unknown[] = []
    for await (const object of objects.each({ labelSelector: 'a=b' }, most)) found.push(object)
    return found
  }

  it('are read page by page, and then the memory is released', async () => {
    const server = objectsOf([page(['a', 'b'], { continue: '1' }), page(['c'], { continue: '' })])
    expect(await read(server)).toEqual(['a', 'b', 'c'])
    expect(server.queries()).toEqual([
      { labelSelector: 'a=b', limit: '500', continue: undefined },
      { labelSelector: 'a=b', limit: '500', continue: '1' },
    ])
    expect(server.release).toHaveBeenCalledTimes(1)
  })

  it('are read without a selection by default', async () => {
    const server = objectsOf([page(['a'])])
    expect(await server.objects.each().next()).toEqual({ done: false, value: 'a' })
    expect(server.queries()).toEqual([{ limit: '500', continue: undefined }])
  })

  it('begin with as many as the reader needs', async () => {
    for (const [most, limit] of [
      [3, '3'],
      [501, '500'],
    ] as const) {
      const server = objectsOf([page([])])
      await read(server, most)
      expect(server.queries()[0]?.limit).toBe(limit)
    }
  })

  it.each([
    // Three quarters of 4 MiB: as many objects as large as these.
    [10, 1024 * 1024, '30'],
    [7, 1024 * 1024, '21'],
    [1, 8 * 1024 * 1024, '1'],
    [100, 1_000, '500'],
  ])('continue with pages that fit, after %i objects in %i bytes with %s', async (count, bytes, limit) => {
    const server = objectsOf([page(Array(count).fill('a'), { continue: '1' }), page([])], undefined, bytes)
    await read(server)
    expect(server.queries()[1]?.limit).toBe(limit)
  })

  it('release the memory when their reader stops or fails', async () => {
    const stopped = objectsOf([page(['a', 'b'])])
    for await (const _ of stopped.objects.each()) break
    expect(stopped.release).toHaveBeenCalledTimes(1)
    const failed = objectsOf([new Problem('forbidden', 'x')])
    await expect(read(failed)).rejects.toMatchObject({ code: 'forbidden' })
    expect(failed.release).toHaveBeenCalledTimes(1)
  })
})

describe('a write', () => {
  const strict = { fieldValidation: 'Strict' }

  it('creates', async () => {
    const { objects, asked } = objectsOf([edc], { fieldManager: 'me', dryRun: true })
    expect(await objects.create({ a: 1 })).toEqual(edc)
    expect(asked).toEqual([
      {
        request: {
          ...TARGET,
          verb: 'create',
          body: '{"a":1}',
          query: { ...strict, fieldManager: 'me', dryRun: 'All' },
          isDryRun: true,
        },
        limit: ANSWER_BYTES,
      },
    ])
  })

  it('patches', async () => {
    const { objects, asked } = objectsOf([edc])
    await objects.patch('edc', 'json', '[]')
    await objects.patch('edc', 'merge', '{}')
    const query = { ...strict, fieldManager: undefined, dryRun: undefined }
    const request = { ...TARGET, verb: 'patch', name: 'edc', query }
    expect(asked.map(({ request }) => request)).toEqual([
      { ...request, contentType: 'application/json-patch+json', body: '[]' },
      { ...request, contentType: 'application/merge-patch+json', body: '{}' },
    ])
  })

  it('applies', async () => {
    const { objects, asked } = objectsOf([edc], { fieldManager: 'me', dryRun: false })
    await objects.apply('edc', { a: 1 }, false)
    await objects.apply('edc', { a: 1 }, true)
    expect(asked.map(({ request }) => request)).toMatchObject(
      ['false', 'true'].map((force) => ({
        verb: 'patch',
        name: 'edc',
        contentType: 'application/apply-patch+yaml',
        body: '{"a":1}',
        query: { ...strict, fieldManager: 'me', dryRun: undefined, force },
      })),
    )
  })

  it('is what later answers of the watch cache must have reached', async () => {
    const { objects, lastWrites } = objectsOf([edc, { metadata: { name: 'edc' } }])
    await objects.create({})
    await objects.patch('edc', 'merge', '{}')
    expect(lastWrites.get('connectors')).toBe('7')
  })

  it('is no such write in a dry run', async () => {
    const { objects, lastWrites } = objectsOf([edc], { dryRun: true })
    await objects.patch('edc', 'merge', '{}')
    await objects.apply('edc', {}, true)
    expect(lastWrites.get('connectors')).toBeUndefined()
  })

  it('deletes, with its dependents in the background, if the preconditions hold', async () => {
    const done = { metadata: {}, status: 'Success' }
    const { objects, asked } = objectsOf([done])
    expect(await objects.delete('edc', { uid: 'u', resourceVersion: '7' })).toEqual(done)
    expect(asked[0]?.request).toEqual({ ...TARGET, verb: 'delete', name: 'edc', body: expect.any(String) })
    expect(JSON.parse(asked[0]?.request.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      preconditions: { uid: 'u', resourceVersion: '7' },
    })
  })

  it('deletes nothing in a dry run, which the body says because it overrides the query', async () => {
    const { objects, asked } = objectsOf([edc], { dryRun: true })
    expect(await objects.delete('edc', {})).toEqual(edc)
    expect(asked[0]?.request.isDryRun).toBe(true)
    expect(JSON.parse(asked[0]?.request.body ?? '')).toMatchObject({ dryRun: ['All'] })
  })

  it('that deletes is done only if the answer says so', async () => {
    for (const answer of [{ status: 'Success' }, { metadata: {}, status: 'Failure' }, { metadata: {} }]) {
      await expect(objectsOf([answer]).objects.delete('edc', {})).rejects.toMatchObject({ code: 'cluster_unavailable' })
    }
  })
})
