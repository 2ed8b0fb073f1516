/** The ids of events, and where a stream resumes. */
import { describe, expect, it } from 'vitest'
import type { Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import type { ListQuery } from '../../../../shared/resource/read/list-query.ts'
import {
  fingerprint,
  isWatchCursor,
  unknownEvent,
  WatchCursor,
} from '../../../../shared/resource/watch/watch-cursor.ts'
import type { Call } from '../../../../shared/server/call.ts'

const PRINT = '0123456789ab'

interface Seen {
  readonly namespace?: string
  readonly participants?: readonly string[]
  readonly isFiltered?: boolean
  readonly dependsOnOrganizations?: boolean
}

const collectionOf = (seen: Seen = {}) => ({ namespace: 'a', isFiltered: false, ...seen }) as Collection<Resource>

function cursorOf(collections: readonly Seen[], text?: string, isAcross = collections.length !== 1): WatchCursor {
  return new WatchCursor(collections.map(collectionOf), { text } as ListQuery, PRINT, isAcross)
}

describe('an id', () => {
  it.each(['afresh', '1', '9', '1234567890123456789', PRINT, `${PRINT}.7`, `${PRINT}.7.1234567890123456789.10`])(
    'can be %s',
    (id) => {
      expect(isWatchCursor(id)).toBe(true)
    },
  )

  it.each([
    '',
    '0',
    '01',
    'x',
    '7.8',
    '12345678901234567890',
    '1.',
    'afresh7',
    ' afresh',
    `${PRINT}c`,
    '0123456789a',
    '0123456789aB',
    `${PRINT}.`,
    `${PRINT}.0`,
    `${PRINT}.07`,
    `${PRINT}.12345678901234567890`,
    `x${PRINT}.7`,
    `${PRINT}.7x`,
  ])('cannot be %j', (id) => {
    expect(isWatchCursor(id)).toBe(false)
    expect(() => cursorOf([{}]).resume(id)).toThrow(unknownEvent())
  })

  it('that no stream has sent is refused with the rule', () => {
    expect(unknownEvent()).toMatchObject({
      code: 'invalid_request',
      detail: 'The Last-Event-ID header must be the id of an event of this stream.',
    })
  })
})

describe('a stream of one collection', () => {
  it('has the version as id, and resumes there', () => {
    const cursor = cursorOf([{}])
    expect([cursor.id, cursor.at(0), cursor.isFiltered]).toEqual(['', '', false])
    expect(cursor.resume('7')).toBe(true)
    expect([cursor.id, cursor.at(0)]).toEqual(['7', '7'])
    cursor.set(0, '8')
    expect([cursor.id, cursor.at(0)]).toEqual(['8', '8'])
  })

  it.each(['afresh', PRINT, `${PRINT}.7`, `${PRINT}.7.8`])('begins again after %s', (id) => {
    const cursor = cursorOf([{}])
    expect(cursor.resume(id)).toBe(false)
    expect(cursor.at(0)).toBe('')
  })
})

describe('a stream across organizations', () => {
  it('has the fingerprint and the versions of all as id, and resumes there', () => {
    const cursor = cursorOf([{}, {}])
    cursor.set(0, '7')
    cursor.set(1, '9')
    expect(cursor.id).toBe(`${PRINT}.7.9`)
    const resumed = cursorOf([{}, {}])
    expect(resumed.resume(cursor.id)).toBe(true)
    expect([resumed.at(0), resumed.at(1), resumed.at(2)]).toEqual(['7', '9', ''])
  })

  it.each(['7', 'ffffffffffff.7.9', `${PRINT}.7`, `${PRINT}.7.8.9`, PRINT])('begins again after %s', (id) => {
    const cursor = cursorOf([{}, {}])
    expect(cursor.resume(id)).toBe(false)
    expect([cursor.at(0), cursor.at(1)]).toEqual(['', ''])
  })

  it.each(['7', 'ffffffffffff.7', PRINT])(
    'of one organization, which may have been another one, begins again after %s',
    (id) => {
      const cursor = cursorOf([{}], undefined, true)
      expect(cursor.resume(id)).toBe(false)
      expect(cursor.resume(`${PRINT}.7`)).toBe(true)
      expect(cursor.id).toBe(`${PRINT}.7`)
    },
  )

  it('of none has the fingerprint as id', () => {
    const cursor = cursorOf([])
    expect(cursor.id).toBe(PRINT)
    expect(cursor.resume(PRINT)).toBe(true)
  })
})

describe('a stream that is filtered', () => {
  it.each<[what: string, collections: readonly Seen[], text: string | undefined]>([
    ['by a text', [{}], 'gold'],
    ['by a grant', [{ isFiltered: true }], undefined],
    ['by the grant for one of several collections', [{}, { isFiltered: true }], undefined],
  ])('begins again: %s', (_, collections, text) => {
    const cursor = cursorOf(collections, text)
    cursor.set(0, '7')
    expect([cursor.isFiltered, cursor.id]).toEqual([true, 'afresh'])
    for (const id of ['7', `${PRINT}.7`, `${PRINT}.7.7`]) expect(cursor.resume(id)).toBe(false)
  })
})

describe('a version of the cluster', () => {
  it.each([
    ['7', ['8'], true],
    ['7', ['7'], false],
    ['7', ['6'], false],
    // As texts they have the opposite order.
    ['9', ['10'], true],
    ['10', ['9'], false],
    ['9007199254740992', ['9007199254740993'], true],
    ['7', ['6', '8'], true],
    ['7', ['6', '7'], false],
    ['', ['8'], false],
    ['7x', ['8'], false],
    ['x7', ['8'], false],
    ['10', ['11'], true],
  ])('%j is compared with %j as numbers', (version, reached, isAhead) => {
    const cursor = cursorOf(reached.map(() => ({})))
    for (const [index, own] of reached.entries()) cursor.set(index, own)
    expect(cursor.isAheadOf(version)).toBe(isAhead)
  })
})

it('a position without a version is ahead of none', () => {
  expect(cursorOf([{}]).isAheadOf('1')).toBe(false)
})

describe('a fingerprint', () => {
  interface Organization {
    readonly name: string
    readonly role: string
    readonly participants?: readonly string[]
  }

  function print(collections: readonly Seen[], organizations: readonly Organization[] = []): Promise<string> {
    const call = { authorizer: { organizations: async () => organizations } } as unknown as Call
    return fingerprint(call, collections.map(collectionOf))
  }

  it('is the beginning of an id', async () => {
    expect(await print([{}])).toMatch(/^[0-9a-f]{12}$/)
    expect(isWatchCursor(await print([{}]))).toBe(true)
    expect(await print([{}])).toBe(await print([{}]))
  })

  it('differs by the namespaces and participants of the collections', async () => {
    const prints = await Promise.all([
      print([]),
      print([{}]),
      print([{}, {}]),
      print([{ namespace: 'b' }]),
      print([{ participants: [] }]),
      print([{ participants: ['one'] }]),
    ])
    expect(new Set(prints).size).toBe(prints.length)
  })

  it('differs by the organizations of the caller only if they decide', async () => {
    const organizations: readonly (readonly Organization[])[] = [
      [],
      [{ name: 'acme', role: 'viewer' }],
      [{ name: 'globex', role: 'viewer' }],
      [{ name: 'acme', role: 'admin' }],
      [{ name: 'acme', role: 'viewer', participants: ['one'] }],
    ]
    const prints = (seen: readonly Seen[]) => Promise.all(organizations.map((those) => print(seen, those)))
    expect(new Set(await prints([{ dependsOnOrganizations: false }])).size).toBe(1)
    expect(new Set(await prints([{ dependsOnOrganizations: true }])).size).toBe(organizations.length)
    expect(new Set(await prints([{}, { dependsOnOrganizations: true }])).size).toBe(organizations.length)
  })
})
