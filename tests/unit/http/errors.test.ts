/** The errors of a body: a short body must not have an answer many times as long. */
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../shared/http/json.ts'
import { Problem, problemDetails, validationFailed } from '../../../shared/http/problem.ts'
import { inlineSecretErrors } from '../../../shared/resource/write/inline-secrets.ts'

const LONG = 'k'.repeat(40_000)
const MANY = 12_000

/** Characters of the answer to a body. */
function answerTo(read: () => unknown): number {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return JSON.stringify(problemDetails(error, { path: '/', requestId: 'r' })).length
  }
  return 0
}

describe('errors in a field with a long name', () => {
  it('are few if keys are given twice', () => {
    const body = `{"${LONG}":{${Array(MANY).fill('"":1').join()}}}`
    const length = answerTo(() => parseJson(body))
    expect(length).toBeGreaterThan(LONG.length)
    expect(length).toBeLessThan(2 * body.length)
  })

  it('are few if they are inline secrets, and those that are stored are none', () => {
    const secrets = Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`${index}token`, 'x']))
    const wanted = { spec: { [LONG]: secrets } }
    const errors = inlineSecretErrors(wanted)
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.reduce((sum, { pointer }) => sum + pointer.length, 0)).toBeLessThan(4 * LONG.length)
    const stored = { spec: { small: { token: 'x' } } }
    expect(inlineSecretErrors(stored, { apiVersion: 'v1', kind: 'X', metadata: {}, ...stored })).toEqual([])
  })
})

describe('many errors', () => {
  it('are counted, and the first 100 are listed', () => {
    const problem = validationFailed(Array.from({ length: 500 }, (_, index) => ({ pointer: `/${index}`, detail: 'x' })))
    expect(problem.detail).toBe('At least 500 fields are not valid.')
    expect(problem.errors).toHaveLength(100)
    expect(problem.errors[0]?.pointer).toBe('/0')
  })
})
