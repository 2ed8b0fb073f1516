/** The errors of a body: a short body must not have an answer many times as long. */
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../shared/http/json.ts'
import { Problem, problemDetails, validationFailed } from '../../../shared/http/problem.ts'
import { inlineSecretErrors } from '../../../shared/resource/write/inline-secrets.ts'

const LONG = 'k'.repeat(40_000)
const MANY = 12_000
/** What no problem exceeds. */
const MOST = 64 * 1024

/** The answer to a body. */
function answerTo(read: () => unknown): { readonly bytes: number; readonly problem: Problem } {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const text = JSON.stringify(problemDetails(error, { path: '/', requestId: 'r' }))
    return { bytes: Buffer.byteLength(text), problem: error }
  }
  throw new Error('the body is accepted')
}

describe('errors in a field with a long name', () => {
  it('are few if keys are given twice', () => {
    const { bytes, problem } = answerTo(() => parseJson(`{"${LONG}":{${Array(MANY).fill('"":1').join()}}}`))
    expect(problem.errors).toEqual([
      { pointer: '', detail: 'is duplicated (a field in it, whose pointer is too long to show)' },
    ])
    expect(bytes).toBeLessThan(1024)
  })

  it('are few if they are inline secrets, and those that are stored are none', () => {
    const secrets = Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`${index}token`, 'x']))
    const wanted = { spec: { [LONG]: secrets } }
    const errors = inlineSecretErrors(wanted)
    expect(errors).toMatchObject([{ pointer: '/spec' }])
    const stored = { spec: { small: { token: 'x' } } }
    expect(inlineSecretErrors(stored, { apiVersion: 'v1', kind: 'X', metadata: {}, ...stored })).toEqual([])
  })

  it('are at the closest field above that has a pointer of at most 1024 characters, and say so', () => {
    const above = `/spec/${'n'.repeat(1018)}`
    const { errors, detail } = validationFailed([{ pointer: `${above}/~0~1`, detail: 'must be a string' }])
    const reason = 'must be a string (a field in it, whose pointer is too long to show)'
    expect(errors).toEqual([{ pointer: above, detail: reason }])
    expect(detail).toBe(`${above} ${reason}.`)
    expect(validationFailed([{ pointer: above, detail: 'must be a string' }]).errors).toEqual([
      { pointer: above, detail: 'must be a string' },
    ])
    expect(validationFailed([{ pointer: `${above}n`, detail: 'is wrong' }]).errors).toMatchObject([
      { pointer: '/spec' },
    ])
  })
})

describe('a problem has at most 64 KiB', () => {
  // Each takes six bytes in JSON.
  const hostile = '\u0001'.repeat(10_000)

  it.each([
    ['one error', 1, `/${'\u0001'.repeat(1_000)}`, hostile],
    ['many errors', 1_000, `/${'\u0001'.repeat(1_000)}`, hostile],
    ['many short errors', 1_000, '/spec/version', 'must match ^[a-z]+$'],
    ['long pointers', 1_000, `/spec/${hostile}`, 'is wrong'],
  ])('whatever it says: %s', (_, count, pointer, detail) => {
    const errors = Array(count).fill({ pointer, detail })
    for (const problem of [validationFailed(errors), new Problem('conflict', hostile, { errors })]) {
      const details = problemDetails(problem, { path: `/${'x'.repeat(1024 * 1024)}`, requestId: 'r'.repeat(255) })
      expect(Buffer.byteLength(JSON.stringify(details))).toBeLessThan(MOST)
      expect(problem.errors.length).toBeGreaterThan(0)
    }
  })

  it('and also when 100 objects with the longest names refer to one', () => {
    const reference = {
      plural: 'digitaltwinregistrytenants',
      kind: 'DigitalTwinRegistryTenant',
      organization: 'o'.repeat(40),
      name: 'n'.repeat(253),
      field: 'spec.digitalTwinRegistryRef',
    }
    const problem = new Problem('in_use', 'x', { references: Array(100).fill(reference) })
    const details = problemDetails(problem, { path: `/${'x'.repeat(8 * 1024)}`, requestId: 'r' })
    expect(Buffer.byteLength(JSON.stringify(details))).toBeLessThan(MOST)
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
