import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import { UnselectableFields } from '../../../shared/kube/index.ts'

describe('a field that the cluster cannot select by', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  const refusal = new Problem('invalid_request', 'The field is not supported.')

  it('is known by a refusal, for a minute', () => {
    const fields = new UnselectableFields(2)
    expect(fields.has('spec.a')).toBe(false)
    expect(fields.learn('spec.a', refusal)).toBe(true)
    expect([fields.has('spec.a'), fields.has('spec.b')]).toEqual([true, false])
    vi.setSystemTime(Date.now() + 59_999)
    expect(fields.has('spec.a')).toBe(true)
    vi.setSystemTime(Date.now() + 1)
    expect(fields.has('spec.a')).toBe(false)
  })

  it('is not known by another error', () => {
    const fields = new UnselectableFields(2)
    for (const error of [new Problem('cluster_unavailable', 'Later.'), new TypeError('x'), undefined]) {
      expect([fields.learn('spec.a', error), fields.has('spec.a')]).toEqual([false, false])
    }
  })

  it('is forgotten first if there are too many', () => {
    const fields = new UnselectableFields(2)
    for (const field of ['a', 'b', 'c']) fields.learn(field, refusal)
    expect(['a', 'b', 'c'].filter((field) => fields.has(field))).toEqual(['b', 'c'])
  })
})
