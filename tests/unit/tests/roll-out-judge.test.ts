import { describe, expect, it } from 'vitest'
import { judge } from '../../load/judge.ts'
import type { Failure, LoadResult } from '../../load/load.ts'

const failure = (from: number, code: string | undefined, line = 'x'): Failure => ({ from, to: from + 100, code, line })
const load = (...failures: readonly Failure[]): LoadResult => ({ sent: 100, failures })

describe('a rollout', () => {
  it('passes if no request is lost', () => {
    expect(judge(load(), load()).lost).toEqual([])
  })

  it('passes if the control stream fails in the same seconds', () => {
    const tested = load(failure(10_000, 'deadline_exceeded'), failure(12_000, 'cluster_unavailable'))
    const control = load(failure(11_000, 'deadline_exceeded'), failure(12_000, undefined), failure(13_000, undefined))
    const verdict = judge(tested, control)
    expect(verdict).toMatchObject({ lost: [], starved: 2 })
    expect(verdict.summary).toBe(
      '100 requests: 0 lost, 2 failed for want of CPU; control stream: 100 requests, 3 failed (1 deadline_exceeded, 2 without a code)',
    )
  })

  it('fails if the control stream fails at another time, or not at all', () => {
    const tested = load(failure(60_000, 'deadline_exceeded', '504'))
    expect(judge(tested, load(failure(10_000, 'deadline_exceeded'))).lost).toEqual(['504'])
    expect(judge(tested, load()).lost).toEqual(['504'])
  })

  it.each([
    ['a reset', undefined],
    ['an answer of a router', undefined],
    ['a function that is not there', 'function_unavailable'],
    ['a wrong answer', 'not_found'],
    ['a defect', 'internal'],
  ])('fails for %s, whatever the control stream gets', (line, code) => {
    const control = load(failure(10_000, 'deadline_exceeded'), failure(10_000, code))
    expect(judge(load(failure(10_000, code, line)), control).lost).toEqual([line])
  })
})
