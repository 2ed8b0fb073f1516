import { beforeEach, expect, it } from 'vitest'
import { Store } from '../../../../infra/examples/console/store.ts'
import type { Summary } from '../../../../infra/examples/console/types.ts'

const kind = { apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Vault' }
const of = { kind: 'Vault', plural: 'vaults' }

function vault(name: string, ready = true): Summary {
  return { ...kind, metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' }, ready, columns: {} }
}

let store: Store

beforeEach(() => {
  store = new Store([
    { group: 'edc.kaphera.com', version: 'v1alpha1', kind: 'Vault', plural: 'vaults', path: '', actions: [] },
  ])
})

const names = () => [...store.kind('vaults').objects.keys()].sort()

it('folds the events of a stream', () => {
  store.take('ADDED', vault('a'))
  store.take('ADDED', vault('b'))
  store.take('SYNCED', of)
  store.take('MODIFIED', vault('a', false))
  store.take('DELETED', vault('b'))
  expect(names()).toEqual(['a'])
  expect(store.kind('vaults')).toMatchObject({ isSynced: true })
  expect(store.kind('vaults').objects.get('a')?.ready).toBe(false)
})

it('shows a list until the stream has told everything', () => {
  store.offer('vaults', [vault('a'), vault('gone')])
  store.take('ADDED', vault('a', false))
  expect(names()).toEqual(['a', 'gone'])
  expect(store.kind('vaults').objects.get('a')?.ready).toBe(false)
  store.take('SYNCED', of)
  expect(names()).toEqual(['a'])
})

it.each([
  ['RESET', () => store.take('RESET', of)],
  ['a new stream', () => store.clear()],
])('keeps showing objects after %s until it knows which are gone', (_name, reset) => {
  store.take('ADDED', vault('a'))
  store.take('ADDED', vault('gone'))
  store.take('SYNCED', of)
  reset()
  expect(names()).toEqual(['a', 'gone'])
  store.take('ADDED', vault('a'))
  store.take('SYNCED', of)
  expect(names()).toEqual(['a'])
})

it('has the problem of a kind until the kind is back', () => {
  store.take('ERROR', { ...of, code: 'function_unavailable', status: 503 })
  expect(store.kind('vaults').problem).toMatchObject({ code: 'function_unavailable' })
  store.take('BOOKMARK', of)
  expect(store.kind('vaults').problem).toBeUndefined()
})
