import { describe, expect, it } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import { brokenAnswer, deadlineExceeded, strangeAnswer, unreachable } from '../../../shared/kube/failures.ts'

describe('a request without a usable answer', () => {
  it('may be sent again in a while, and its cause is logged', () => {
    const cause = new TypeError('reset')
    expect(unreachable(cause)).toMatchObject({
      code: 'cluster_unavailable',
      detail: 'The cluster cannot be reached.',
      headers: { 'Retry-After': '5' },
      cause,
    })
    expect(strangeAnswer()).toMatchObject({
      code: 'cluster_unavailable',
      headers: { 'Retry-After': '5' },
      cause: 'the answer is neither an object nor a list',
    })
    expect(deadlineExceeded(cause)).toMatchObject({
      code: 'deadline_exceeded',
      detail: 'The cluster did not answer in time.',
      cause,
    })
  })
})

describe('a body that could not be read', () => {
  const named = (name: string) => Object.assign(new Error('x'), { name })

  it.each([
    [named('TimeoutError'), 'deadline_exceeded'],
    [named('AbortError'), 'deadline_exceeded'],
    [new SyntaxError('not JSON'), 'cluster_unavailable'],
    [{ name: 'AbortError' }, 'cluster_unavailable'],
    ['x', 'cluster_unavailable'],
  ])('because of %s', (error, code) => {
    expect(brokenAnswer(error)).toMatchObject({ code, cause: error })
  })

  it('keeps its problem', () => {
    const problem = new Problem('overloaded', 'Later.')
    expect(brokenAnswer(problem)).toBe(problem)
  })
})
