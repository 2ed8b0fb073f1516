/** A body of 256 KiB has room for 80,000 wrong elements. */
import { expect, it } from 'vitest'
import { validationFailed } from '../../../../shared/http/problem.ts'
import type { Kind } from '../../../../shared/kind/kind.ts'
import { list, object, optional, string } from '../../../../shared/kind/schema/structural.ts'
import { specErrors } from '../../../../shared/resource/write/validate.ts'
import { Cell } from '../../../../shared/schemas/cells.ts'
import { sample } from '../../fixtures/world.ts'

/** The problem of a cell that is offered to organizations with impossible names. */
async function problemOf(organizations: readonly unknown[]) {
  const { spec } = sample('cells', 'eu', { allowedOrganizations: organizations })
  const errors = await specErrors(Cell, spec)
  const { detail, errors: listed } = validationFailed(errors)
  return { found: errors.length, detail, listed: listed.length }
}

it('counts errors in a field as long as a problem lists them all', async () => {
  const answer = await problemOf(Array.from({ length: 99 }, (_, index) => index))
  expect(answer).toEqual({ found: 99, detail: '99 fields are not valid.', listed: 99 })
})

it('says that there may be more if it stopped', async () => {
  const answer = await problemOf(Array.from({ length: 200 }, (_, index) => index))
  expect(answer).toEqual({ found: 100, detail: 'At least 100 fields are not valid.', listed: 100 })
})

it('says only of a list that is far too long that it is', async () => {
  const answer = await problemOf(Array(80_000).fill(1))
  expect(answer).toEqual({
    found: 1,
    detail: '/spec/allowedOrganizations must have at most 256 elements.',
    listed: 1,
  })
})

it('does not count what other field managers set, so that other errors are found behind it', async () => {
  const element = object({ a: string(), b: string(), c: string(), d: string(), e: optional(string()) })
  const kind = { spec: async () => object({ items: list(element) }), specRequired: true } as unknown as Kind
  const items = [...Array.from({ length: 200 }, () => ({})), { e: 7 }]
  expect(await specErrors(kind, { items }, true)).toEqual([
    { pointer: '/spec/items/200/e', detail: 'must be a string' },
  ])
  expect(await specErrors(kind, { items })).toHaveLength(101)
})
