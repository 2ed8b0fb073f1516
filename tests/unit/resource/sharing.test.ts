/** A platform admin has thousands of organizations, to each of which an object may be offered. */
import { describe, expect, it } from 'vitest'
import { offerTo, type Recipient, trimRecipients } from '../../../shared/resource/references/sharing.ts'
import type { Call } from '../../../shared/server/call.ts'
import type { Json } from '../fixtures/world.ts'

const COUNT = 1_000
const OBJECTS = 200

/** Organizations, and a call that must not read their namespaces. `reads` counts how often a name or a label is looked at. */
function landscape() {
  const seen = { reads: 0 }
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, key) {
        seen.reads += 1
        return Reflect.get(from, key)
      },
    })
  const recipients = Array.from(
    { length: COUNT },
    (_, index): Recipient =>
      counted({ name: `o${index}`, namespace: `org-o${index}`, labels: counted({ tier: `t${index % 3}` }) }),
  )
  const call = {} as Call
  return { call, recipients, seen }
}

function object(spec: Json): Json {
  return { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec }
}

/** Every third object lists one of the organizations. */
function listing(index: number): Json {
  const others = Array.from({ length: 20 }, (_, other) => `other-${other}`)
  return object({ visibility: 'Organizations', allowedOrganizations: index % 3 === 0 ? [...others, 'o7'] : others })
}

describe('objects that are offered to one of many organizations', () => {
  it('are found by name, without looking at every organization for each', async () => {
    const { call, recipients, seen } = landscape()
    const isOffered = await offerTo(call, 'dataspaceprofiles', recipients)
    const before = seen.reads
    const answers = Array.from({ length: OBJECTS }, (_, index) => isOffered(listing(index)))
    expect(answers).toEqual(Array.from({ length: OBJECTS }, (_, index) => index % 3 === 0))
    expect(seen.reads).toBe(before)
  })

  it.each([
    [{ from: 'Selector', selector: { matchLabels: { tier: 't2' } } }, true],
    [{ from: 'Selector', selector: { matchLabels: { tier: 't3' } } }, false],
    [
      { from: 'Selector', selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['t3', 't1'] }] } },
      true,
    ],
    [{ from: 'All' }, true],
    [{ from: 'Same' }, false],
    [undefined, false],
  ])(
    'are found by label, looking once for all that have the same selector: %j',
    async (allowedNamespaces, expected) => {
      const { call, recipients, seen } = landscape()
      const isOffered = await offerTo(call, 'identityhubs', recipients)
      expect(isOffered(object({ allowedNamespaces }))).toBe(expected)
      const before = seen.reads
      for (let index = 0; index < OBJECTS; index += 1) {
        expect(isOffered(object(structuredClone({ allowedNamespaces })))).toBe(expected)
      }
      expect(seen.reads).toBe(before)
    },
  )

  it('are found although each has another selector', async () => {
    const { call, recipients } = landscape()
    const isOffered = await offerTo(call, 'identityhubs', recipients)
    for (const _ of ['first', 'again']) {
      for (let tier = 0; tier < OBJECTS; tier += 1) {
        const allowedNamespaces = { from: 'Selector', selector: { matchLabels: { tier: `t${tier}` } } }
        expect(isOffered(object({ allowedNamespaces }))).toBe(tier < 3)
      }
    }
  })

  it('keep the names of these organizations only', () => {
    const profile = object({ allowedOrganizations: ['x', 'b', 7, 'a', 'y'] })
    trimRecipients('dataspaceprofiles', profile, new Set(['a', 'b', 'c']))
    expect(profile.spec.allowedOrganizations).toEqual(['b', 'a'])
  })
})
