import { describe, expect, it } from 'vitest'
import { deepest } from '../../../../shared/resource/diagnosis/deepest.ts'
import { judge } from '../../../../shared/resource/diagnosis/judge.ts'
import type { Json } from '../../fixtures/world.ts'

const CREATED = '2026-01-01T00:00:00Z'
const CHANGED = '2026-02-01T00:00:00Z'

const condition = (type: string, status: string, more: Json = {}): Json => ({
  type,
  status,
  reason: `${type}Reason`,
  message: `${type} message`,
  lastTransitionTime: CHANGED,
  ...more,
})

/** An object of generation 2 whose operator has reported some conditions. */
const reported = (conditions: Json[], status: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'thing', generation: 2, creationTimestamp: CREATED, ...metadata },
  status: { observedGeneration: 2, phase: 'Updating', conditions, ...status },
})

const types = (object: Json, abnormal: string[] = []): string[] =>
  judge(object, abnormal).conditions.map(({ type, status }) => `${type}=${status}`)

describe('the state of an object', () => {
  it.each([
    ['ready', reported([condition('Ready', 'True')]), null],
    ['unready', reported([condition('Ready', 'False')]), CHANGED],
    ['unready', reported([condition('Ready', 'Unknown')]), CHANGED],
    ['unready', reported([condition('Reconciling', 'True')]), null],
    ['unready', reported([]), null],
    ['unready', reported([], { conditions: 'broken' }), null],
    ['suspended', { ...reported([condition('Ready', 'False')]), spec: { suspended: true } }, CHANGED],
    ['ready', { ...reported([condition('Ready', 'True')]), spec: { suspended: true } }, null],
    ['unready', { ...reported([condition('Ready', 'False')]), spec: { suspended: false } }, CHANGED],
    ['stale', reported([condition('Ready', 'True')], { observedGeneration: 1 }), null],
    ['stale', reported([condition('Ready', 'True')], { observedGeneration: undefined }), null],
    ['unobserved', { ...reported([]), status: undefined }, CREATED],
    ['unobserved', { ...reported([]), status: {} }, CREATED],
    ['deleting', reported([condition('Ready', 'True')], {}, { deletionTimestamp: CHANGED }), CHANGED],
  ])('is %s: %j', (state, object, since) => {
    expect(judge(object)).toMatchObject({ state, since, ready: state === 'ready' || state === 'deleting' })
  })

  it('names the finalizers that a deletion waits for', () => {
    const object = reported([], {}, { deletionTimestamp: CHANGED, finalizers: ['example.com/operator'] })
    expect(judge(object)).toMatchObject({ state: 'deleting', finalizers: ['example.com/operator'] })
    expect(judge(reported([], {}, { deletionTimestamp: CHANGED }))).toMatchObject({ finalizers: [] })
  })
})

describe('the failing conditions', () => {
  it('are those without their normal status, Ready last', () => {
    const conditions = [
      condition('Ready', 'False'),
      condition('Reconciling', 'True'),
      condition('Stalled', 'False'),
      condition('VaultReady', 'False'),
      condition('DatabaseReady', 'Unknown'),
      condition('Exposed', 'True'),
      condition('Suspended', 'False'),
      condition('Upgrading', 'True'),
    ]
    expect(types(reported(conditions), ['Suspended', 'Upgrading'])).toEqual([
      'VaultReady=False',
      'DatabaseReady=Unknown',
      'Upgrading=True',
      'Ready=False',
    ])
    expect(types(reported([condition('Stalled', 'True'), condition('Ready', 'False')]))).toEqual([
      'Stalled=True',
      'Ready=False',
    ])
  })

  it('say what the operator said, and since when', () => {
    expect(judge(reported([condition('VaultReady', 'False'), condition('Ready', 'False')])).conditions[0]).toEqual({
      type: 'VaultReady',
      status: 'False',
      reason: 'VaultReadyReason',
      message: 'VaultReady message',
      since: CHANGED,
    })
  })

  it('include Ready as Unknown if it is missing', () => {
    expect(types(reported([condition('VaultReady', 'True')]))).toEqual(['Ready=Unknown'])
    expect(judge({ ...reported([]), status: undefined }).conditions).toEqual([
      { type: 'Ready', status: 'Unknown', reason: 'NotReported', message: '', since: null },
    ])
  })

  it('are bounded, and whatever an operator writes is tolerated', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      condition(`C${index}`, 'False', { message: 'x'.repeat(5_000) }),
    )
    const { conditions } = judge(reported(many))
    expect(conditions).toHaveLength(5)
    expect(JSON.stringify(conditions).length).toBeLessThan(4_000)
    expect(types(reported([7, null, {}, { type: 7, status: {} }] as Json[]))).toEqual([
      '=Unknown',
      '=',
      'Ready=Unknown',
    ])
  })
})

describe('the deepest of failing objects', () => {
  const causes = (edges: Record<string, string[]>): string[] => deepest(Object.keys(edges), (name) => edges[name] ?? [])

  it('depend on no other', () => {
    expect(causes({ a: [] })).toEqual(['a'])
    expect(causes({ a: ['b', 'c'], b: ['c'], c: [] })).toEqual(['c'])
    expect(causes({ a: ['b', 'c'], b: [], c: [] })).toEqual(['b', 'c'])
  })

  it('are all of a cycle, unless it depends on something else', () => {
    expect(causes({ a: ['a'] })).toEqual(['a'])
    expect(causes({ a: ['b'], b: ['c'], c: ['b'] })).toEqual(['b', 'c'])
    expect(causes({ a: ['b'], b: ['a', 'c'], c: [] })).toEqual(['c'])
  })
})
