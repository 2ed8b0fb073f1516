/** Thousands of objects may refer to one of a caller who has thousands of organizations. */
import { expect, it } from 'vitest'
import type { OrganizationAccess } from '../../../shared/auth/index.ts'
import { visibleReferrers } from '../../../shared/resource/references/referrers.ts'
import type { Call } from '../../../shared/server/call.ts'
import type { Json } from '../fixtures/world.ts'

const COUNT = 300
const REFERRERS = 300

interface Case {
  readonly name: string
  readonly namespace: string | undefined
  readonly isReader: boolean
  readonly participants: readonly string[] | undefined
}

/** Some have no namespace yet, some cannot be read, and some grants are limited to a participant. */
const CASES = Array.from(
  { length: COUNT },
  (_, index): Case => ({
    name: `o${index}`,
    namespace: index % 7 === 0 ? undefined : `org-o${index}`,
    isReader: index % 3 !== 0,
    participants: index % 2 === 0 ? ['ada'] : undefined,
  }),
)

it('describes each without looking at every organization', async () => {
  let looks = 0
  const organizations = CASES.map(({ name, namespace, isReader, participants }) => ({
    get name() {
      looks += 1
      return name
    },
    get namespace() {
      if (namespace === undefined) throw new Error('there is no namespace')
      return namespace
    },
    owns(other: string | undefined) {
      looks += 1
      return other !== undefined && other === namespace
    },
    allows(_: unknown, plural: string) {
      looks += 1
      // As for every caller, an organization itself may be read before it has a namespace.
      return plural === 'organizations' || (isReader && namespace !== undefined)
    },
    participantsFor: () => participants,
  })) as unknown as OrganizationAccess[]
  const object = (namespace: string, name: string, spec: Json) => ({
    apiVersion: 'x/v1',
    kind: 'X',
    metadata: { name, namespace },
    spec,
  })
  const stored: Json = {
    connectors: Array.from({ length: REFERRERS }, (_, index) =>
      object(`org-o${index + 10}`, `c${index}`, {
        cellRef: { name: 'eu' },
        participantRef: { name: index % 4 === 0 ? 'ada' : 'eve' },
      }),
    ),
    organizations: Array.from({ length: REFERRERS }, (_, index) =>
      object('kaphera-system', `o${index + 10}`, { defaultCellRef: { name: 'eu' } }),
    ),
  }
  const call = {
    env: {},
    request: new Request('http://localhost'),
    authorizer: { organizations: async () => organizations, platform: () => ({ role: undefined }) },
    functionKube: { objects: ({ plural }: { plural: string }) => ({ each: () => stored[plural] }) },
  } as unknown as Call
  const found = await visibleReferrers(call, 'cells', object('kaphera-system', 'eu', {}), {
    kinds: ['connectors', 'organizations'],
  })

  const byNaiveSearch = [
    ...stored.connectors.flatMap(({ metadata, spec }: Json) => {
      const owner = CASES.find(
        ({ namespace, isReader, participants }) =>
          namespace === metadata.namespace && isReader && participants?.includes(spec.participantRef.name) !== false,
      )
      return owner === undefined ? [] : [{ plural: 'connectors', name: metadata.name, organization: owner.name }]
    }),
    ...stored.organizations
      .filter(({ metadata }: Json) => CASES.some(({ name }) => name === metadata.name))
      .map(({ metadata }: Json) => ({ plural: 'organizations', name: metadata.name })),
  ]
  expect(
    found.references.map(({ plural, name, organization }) => ({ plural, name, ...(organization && { organization }) })),
  ).toEqual(byNaiveSearch)
  expect(found.hidden).toBe(2 * REFERRERS - byNaiveSearch.length)
  expect(looks).toBeLessThan(10 * (COUNT + REFERRERS))
})
