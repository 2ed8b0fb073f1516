/** A grant that is limited to participants, over HTTP. */
import { describe, expect, it } from 'vitest'
import me from '../../../functions/me.ts'
import { type Json, sample, type World, world } from '../fixtures/world.ts'

const ACME = '/v1/organizations/acme'
const MERGE = { 'Content-Type': 'application/merge-patch+json' }

/** Connectors of two participants, and a caller with a role for one of them or for the organization. */
async function landscape(role: string, member?: Json) {
  const at = await world({ functions: { me } })
  for (const name of ['one', 'two']) {
    await at.put('connectors', 'acme', sample('connectors', name, { participantRef: { name } }))
  }
  return { at, open: await at.opens(role, 'acme', member) }
}

/** Returns later writes to the cluster. */
function writes({ cluster }: World): string[] {
  const seen: string[] = []
  cluster.intercept = async ({ method, path }) => {
    if (method !== 'GET') seen.push(`${method} ${path}`)
    return undefined
  }
  return seen
}

describe('an owner who is limited to a participant', () => {
  it.each([
    ['the organization', 'PATCH', ACME, { spec: { displayName: 'Mine' } }],
    ['the labels of the organization', 'PATCH', ACME, { metadata: { labels: { mine: 'yes' } } }],
    ['a vault', 'POST', `${ACME}/vaults`, undefined],
    ['a connector of another participant', 'PATCH', `${ACME}/connectors/two`, { spec: { suspended: true } }],
  ])('cannot change %s, and the cluster is not asked', async (_, method, path, body) => {
    const { at, open } = await landscape('owner', { participants: ['one'] })
    const sent = writes(at)
    const headers = method === 'PATCH' ? MERGE : {}
    const answer = await open(method, path, { headers, body: body ?? sample('vaults', 'v') })
    expect([403, 404]).toContain(answer.status)
    expect(sent).toEqual([])
  })

  it('cannot take over a connector of another participant by an apply', async () => {
    const { at, open } = await landscape('owner', { participants: ['one'] })
    const sent = writes(at)
    const body = sample('connectors', 'two', { participantRef: { name: 'one' } })
    const headers = { 'Content-Type': 'application/apply-patch+json' }
    const answer = await open('PATCH', `${ACME}/connectors/two?force=true`, { headers, body })
    expect(answer.status).toBe(404)
    expect(sent).toEqual([])
  })

  it('can change a connector of the participant', async () => {
    const { open } = await landscape('owner', { participants: ['one'] })
    const body = { spec: { suspended: true } }
    expect((await open('PATCH', `${ACME}/connectors/one`, { headers: MERGE, body })).status).toBe(200)
  })

  it('gets the same answer from permissions, Allow and refusals', async () => {
    const { open } = await landscape('owner', { participants: ['one'] })
    const { permissions } = (await (await open('GET', `${ACME}/permissions`)).json()) as Json
    expect(permissions.organizations).not.toContain('patch')
    expect(permissions.organizationmembers).not.toContain('create')
    expect(permissions.vaults).not.toContain('create')
    expect(permissions.connectors).toContain('patch')
    const allow = async (path: string): Promise<string | null> => (await open('GET', path)).headers.get('Allow')
    expect(await allow(ACME)).toBe('GET, HEAD, OPTIONS')
    expect(await allow(`${ACME}/connectors/one`)).toBe('GET, HEAD, OPTIONS, PUT, PATCH, DELETE')
  })
})

describe('a viewer of the whole organization who is an operator for a participant', () => {
  it('sees the methods that each connector allows', async () => {
    const { at, open } = await landscape('viewer')
    // The subject of the first caller of `opens`.
    const spec = { subject: { kind: 'User', id: 'acme-viewer-1' }, role: 'operator', participants: ['one'] }
    await at.put('organizationmembers', 'acme', { ...sample('organizationmembers', 'too'), spec })
    const allow = async (name: string): Promise<string | null> =>
      (await open('GET', `${ACME}/connectors/${name}`)).headers.get('Allow')
    expect(await allow('one')).toBe('GET, HEAD, OPTIONS, PUT, PATCH, DELETE')
    expect(await allow('two')).toBe('GET, HEAD, OPTIONS')
  })
})
