/**
 * Runs cases against an API, whichever it is: each test creates or changes one object and looks at the answer.
 * @module
 */
import { describe, expect, it } from 'vitest'
import type { Case, KindCases } from './load.ts'

/** Fewest cases that a kind has. */
const ENOUGH = { accepted: 10, rejected: 15 } as const

/** What an API says to an object. */
export interface Verdict {
  readonly status: number
  /** JSON Pointers of the fields that it finds faulty. */
  readonly pointers: readonly string[]
  /** The answer, to look into when it is not as it should be. */
  readonly body: unknown
}

/**
 * Asks an API what it says to an object.
 * @throws {Error} if what is there before cannot be created
 */
export type Judge = (kind: KindCases, one: Case) => Promise<Verdict>

/**
 * Declares the tests: one for each case of each kind.
 * @param kinds - As `loadCases` gives them
 * @param judge - Of the API that is looked at
 */
export function describeCases(kinds: readonly KindCases[], judge: Judge): void {
  describe.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (_, kind) => {
    it('has enough cases', () => {
      expect(kind.accepted.length).toBeGreaterThanOrEqual(ENOUGH.accepted)
      expect(kind.rejected.length).toBeGreaterThanOrEqual(ENOUGH.rejected)
    })

    it.each(kind.accepted.map((one) => [one.name, one] as const))('accepts %s', async (_name, one) => {
      const { status, body } = await judge(kind, one)
      expect(status, JSON.stringify(body)).toBeOneOf([200, 201])
    })

    it.each(kind.rejected.map((one) => [one.name, one] as const))('rejects %s', async (_name, one) => {
      const { status, body, pointers } = await judge(kind, one)
      expect(status, JSON.stringify(body)).toBe(422)
      // A part of a field says more than the field does.
      const names = (pointer: string): boolean =>
        pointers.some((given) => given === pointer || given.startsWith(`${pointer}/`))
      const unnamed = one.pointers.filter((pointer) => !names(pointer))
      expect(unnamed, JSON.stringify(body)).toEqual([])
    })
  })
}
