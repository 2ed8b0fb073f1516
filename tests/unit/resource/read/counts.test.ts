/** What an overview counts, and which objects it shows. */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import { overviewOf } from '../../../../shared/resource/read/overview.ts'
import { callOf, collectionOf, queryOf, resourceOf } from '../../fixtures/made-objects.ts'

interface State {
  readonly phase?: unknown
  readonly isReady?: boolean
  readonly created?: string
  readonly namespace?: string
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
}

function objectOf({ phase, isReady = false, created, namespace = 'org-acme', name, labels }: State): KubeObject {
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }]
  const metadata = {
    namespace,
    ...(name !== undefined && { name }),
    ...(created !== undefined && { creationTimestamp: created }),
    ...(labels && { labels }),
  }
  return { metadata, status: { conditions, ...(phase !== undefined && { phase }) } } as unknown as KubeObject
}

/** The overview of objects in these states, which are named by their index unless they say otherwise. */
async function overview(states: readonly State[], text?: string) {
  const object = (index: number): KubeObject => objectOf({ name: `c-${index}`, ...states[index] })
  const collection = collectionOf({ count: states.length, pageSize: 3, object })
  const query = queryOf({ summary: true, overview: true, text })
  const { counts, items } = await overviewOf(callOf(), resourceOf(false), [collection], query)
  return { counts, shown: items.map(({ metadata }) => metadata.name) }
}

describe('an overview', () => {
  it('of nothing has nothing', async () => {
    expect(await overview([])).toEqual({ counts: { total: 0, ready: 0, phases: {} }, shown: [] })
  })

  it('counts by phase, in the order of their names, and by readiness', async () => {
    const { counts, shown } = await overview([
      { phase: 'Ready', isReady: true },
      { phase: 'Pending' },
      { phase: 'Failed' },
      { phase: 'Ready' },
      {},
      { phase: '' },
      { phase: 7 },
    ])
    expect(counts).toEqual({ total: 7, ready: 1, phases: { Failed: 1, Pending: 1, Ready: 2, Unknown: 3 } })
    expect(Object.keys(counts.phases)).toEqual(['Failed', 'Pending', 'Ready', 'Unknown'])
    expect(shown).toEqual(['c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-6'])
  })

  it('counts only what is searched for', async () => {
    const states = [{ labels: { tier: 'gold' } }, { labels: { tier: 'iron' }, isReady: true }, { phase: 'gold' }]
    expect(await overview(states, 'gold')).toEqual({
      counts: { total: 1, ready: 0, phases: { Unknown: 1 } },
      shown: ['c-0'],
    })
  })

  it('shows the ten that have existed for the longest time', async () => {
    const day = (index: number): string => `2026-01-${String(index).padStart(2, '0')}T00:00:00Z`
    const states = Array.from({ length: 14 }, (_, index) => ({ created: day(28 - index), isReady: index === 13 }))
    const { counts, shown } = await overview(states)
    expect(counts).toMatchObject({ total: 14, ready: 1 })
    expect(shown).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((index) => `c-${index}`))
  })

  it('shows those of the same age by namespace and name, and first those without an age', async () => {
    const created = '2026-01-01T00:00:00Z'
    const { shown } = await overview([
      { created, namespace: 'b', name: 'c-1' },
      { created, namespace: 'a', name: 'c-3' },
      { created, namespace: 'a', name: 'c-2' },
      { name: 'c-4' },
    ])
    expect(shown).toEqual(['c-4', 'c-2', 'c-3', 'c-1'])
  })
})

describe('an overview of objects of which only columns were read', () => {
  /** Three hundred objects, of which the first hundred are read whole; some are not ready, and others when they are read again. */
  async function many(unready: readonly number[], later: readonly number[], isGone = (_: number) => false) {
    let isAgain = false
    let gets = 0
    const collection = collectionOf({
      count: 300,
      pageSize: 5_000,
      hasColumns: true,
      isGone,
      object(index) {
        const isReady = !(isAgain ? later : unready).includes(index)
        return { ...objectOf({ name: `c-${index}`, phase: 'Pending', isReady }), spec: { a: 'whole', c: 'whole' } }
      },
      asked(request) {
        isAgain ||= request === 'get'
        if (request === 'get') gets += 1
      },
    })
    const query = queryOf({ summary: true, overview: true })
    const { counts, items } = await overviewOf(callOf(), resourceOf(true), [collection], query)
    expect(items.every(({ spec }) => spec?.c === 'whole')).toBe(true)
    return { counts, gets, shown: items.map(({ metadata }) => metadata.name) }
  }

  it('reads those again that it shows, also if some of them were read whole', async () => {
    const unready = [50, 250, 299]
    expect(await many(unready, unready)).toEqual({
      counts: { total: 300, ready: 297, phases: { Pending: 300 } },
      gets: 3,
      shown: ['c-250', 'c-299', 'c-50'],
    })
    expect(await many([50], [50])).toMatchObject({ gets: 0, shown: ['c-50'] })
  })

  it('does not show those that are ready or gone when they are read again', async () => {
    const { counts, shown } = await many([250, 260, 270], [250, 260], (index) => index === 260)
    expect([counts.ready, shown]).toEqual([297, ['c-250']])
  })
})
