import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LastWrites, lastWritesOf } from '../../../shared/kube/last-writes.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

describe('the last write', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  it('of a kind is the newest, in whatever order the answers arrive', () => {
    const writes = new LastWrites()
    expect(writes.get('vaults')).toBeUndefined()
    for (const version of ['9', '10', '8', undefined, '10']) writes.note('vaults', version)
    writes.note('cells', '3')
    expect([writes.get('vaults'), writes.get('cells')]).toEqual(['10', '3'])
  })

  it('counts from the newest, not from a repeated one, for 10 s', () => {
    const writes = new LastWrites()
    writes.note('vaults', '10')
    vi.setSystemTime(Date.now() + 9_999)
    writes.note('vaults', '10')
    writes.note('vaults', '0')
    expect(writes.get('vaults')).toBe('10')
    vi.setSystemTime(Date.now() + 1)
    expect(writes.get('vaults')).toBeUndefined()
  })

  it('is no version that is none', () => {
    const writes = new LastWrites()
    for (const version of ['0', 'x', '']) writes.note('vaults', version)
    expect(writes.get('vaults')).toBeUndefined()
  })

  it('is shared by all requests of an environment', () => {
    const env = {} as Environment
    lastWritesOf(env).note('vaults', '7')
    expect(lastWritesOf(env).get('vaults')).toBe('7')
    expect(lastWritesOf({} as Environment).get('vaults')).toBeUndefined()
  })
})
