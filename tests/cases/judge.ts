/**
 * Runs cases against any API: each test creates or changes one object and checks the answer.
 */
import { describe, expect, it } from 'vitest'
import type { Case, KindCases } from './load.ts'

/** Minimum number of cases of a kind. */
const ENOUGH = { accepted: 10, rejected: 15 } as const

/** The verdict of an API on an object. */
export interface Verdict {
  readonly status: number
  /** JSON Pointers of the invalid fields. */
  readonly pointers: readonly string[]
  /** The answer, for the message of a failed test. */
  readonly body: unknown
}

/**
 * Asks an API for its verdict on an object.
 * @throws {Error} if the existing object of the case cannot be created
 */
export type Judge = (kind: KindCases, one: Case) => Promise<Verdict>

/**
 * Declares the tests: one for each case of each kind.
 * @param kinds - Result of `loadCases`
 * @param judge - Of the tested API
 * @param oneIn - Of the cases of a kind one in this many is tested
 */
export function describeCases(kinds: readonly KindCases[], judge: Judge, oneIn = 1): void {
  const which = oneIn === 1 ? '' : `, one case in ${oneIn}`
  describe.each(kinds.map((kind, turn) => [kind.kind, kind, turn] as const))(`%s${which}`, (_, kind, turn) => {
    const some = (cases: readonly Case[]) =>
      cases.filter((_, index) => (index + turn) % oneIn === 0).map((one) => [one.name, one] as const)

    it('has enough cases', () => {
      expect(kind.accepted.length).toBeGreaterThanOrEqual(ENOUGH.accepted)
      expect(kind.rejected.length).toBeGreaterThanOrEqual(ENOUGH.rejected)
    })

    it.each(some(kind.accepted))('accepts %s', async (_name, one) => {
      const { status, body } = await judge(kind, one)
      expect(status, JSON.stringify(body)).toBeOneOf([200, 201])
    })

    it.each(some(kind.rejected))('rejects %s', async (_name, one) => {
      const { status, body, pointers } = await judge(kind, one)
      expect(status, JSON.stringify(body)).toBe(422)
      // A part of a field is more precise than the field.
      const names = (pointer: string): boolean =>
        pointers.some((given) => given === pointer || given.startsWith(`${pointer}/`))
      const unnamed = one.pointers.filter((pointer) => !names(pointer))
      expect(unnamed, JSON.stringify(body)).toEqual([])
    })
  })
}
