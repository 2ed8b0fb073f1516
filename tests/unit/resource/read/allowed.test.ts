/** The header Allow of an object. */
import { expect, it } from 'vitest'
import { isOperation, type Operation, verb } from '../../../../shared/kind/operation.ts'
import type { Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import { allowedMethods } from '../../../../shared/resource/read/allowed.ts'

interface Caller {
  /** What the kind has. */
  readonly verbs?: readonly string[]
  /** What the role allows. */
  readonly allows?: readonly string[]
  /** What the grant allows on this object. */
  readonly covers?: readonly string[]
}

const ALL = ['replace', 'patch', 'delete'] as const

function allow({ verbs = ALL, allows = ALL, covers = ALL }: Caller): string {
  const named = (names: readonly string[], operation: Operation): boolean =>
    ALL.some((name) => names.includes(name) && isOperation(operation, verb(name)))
  const collection = {
    resource: { verbs, plural: 'connectors' },
    access: { allows: (operation: Operation, plural: string) => plural === 'connectors' && named(allows, operation) },
    // To read it is always allowed.
    for: (operation: Operation) => ({
      covers: (_: unknown, isForWriting = false) => !isForWriting || named(covers, operation),
    }),
  }
  return allowedMethods(collection as unknown as Collection<Resource>, { metadata: {} } as never)
}

it('has all methods if nothing forbids them', () => {
  expect(allow({})).toBe('GET, HEAD, OPTIONS, PUT, PATCH, DELETE')
})

it.each([
  ['the kind does not have', 'verbs'],
  ['the role does not allow', 'allows'],
  ['the grant does not allow on this object', 'covers'],
] as const)('has no method that %s', (_, what) => {
  expect(allow({ [what]: [] })).toBe('GET, HEAD, OPTIONS')
  expect(allow({ [what]: ['patch', 'delete'] })).toBe('GET, HEAD, OPTIONS, PATCH, DELETE')
  expect(allow({ [what]: ['replace'] })).toBe('GET, HEAD, OPTIONS, PUT')
})
