/** What is kept of organizations and members between the requests of all callers, and which requests end that. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Caller, sample, type World, world } from '../fixtures/world.ts'

const MEMBERS = '/v1/organizations/acme/organizationmembers'

// A stopped clock: entries that are 5 s old would be read again.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** The kinds that are read to decide about a request. */
async function reads({ cluster }: World, caller: Caller, path: string): Promise<string[]> {
  cluster.requests.length = 0
  expect((await caller('GET', path)).status).toBe(200)
  return cluster.requests.flatMap(({ path }) => /\/(organizations|organizationmembers)\b/.exec(path)?.[1] ?? [])
}

describe('the access of a tenant', () => {
  it.each([
    ['patch', 'PATCH', { body: { spec: { role: 'operator' } } }, 200],
    ['deletion', 'DELETE', {}, 204],
  ])(
    'stays cached after the dry run of a %s of a member, and for other tenants after the write',
    async (_, method, ask, status) => {
      const at = await world({ keepsCaches: true })
      const subject = { kind: 'User', id: 'ada' }
      await at.put('organizationmembers', 'acme', {
        ...sample('organizationmembers', 'ada'),
        spec: { subject, role: 'viewer' },
      })
      const owner = await at.as('owner', 'acme')
      const viewer = await at.as('viewer', 'globex')
      const own = () => reads(at, owner, '/v1/organizations/acme/vaults')
      const others = () => reads(at, viewer, '/v1/organizations/globex/vaults')
      expect(await own()).toEqual(['organizations', 'organizationmembers'])
      expect(await others()).toEqual(['organizations', 'organizationmembers'])
      expect((await owner(method, `${MEMBERS}/ada?dryRun=All`, ask)).status).toBe(200)
      expect([await own(), await others()]).toEqual([[], []])
      expect((await owner(method, `${MEMBERS}/ada`, ask)).status).toBe(status)
      expect(await own()).toEqual(['organizations', 'organizationmembers'])
      expect(await others()).toEqual([])
    },
  )

  it('across organizations is read once a second, however often another tenant writes members', async () => {
    const at = await world({ keepsCaches: true })
    const owner = await at.as('owner', 'acme')
    const viewer = await at.as('viewer', 'globex')
    const own = () => reads(at, owner, '/v1/vaults')
    const others = () => reads(at, viewer, '/v1/vaults')
    // By identifier, and by the address that all callers here have.
    const members = ['organizationmembers', 'organizationmembers']
    const byIdentifier = ['organizationmembers']
    await own()
    await others()
    const spec = { subject: { kind: 'User', id: 'ada' }, role: 'viewer' }
    const body = { ...sample('organizationmembers', 'ada'), spec }
    expect((await owner('POST', MEMBERS, { body })).status).toBe(201)
    expect([await own(), await others()]).toEqual([members, byIdentifier])
    for (const role of ['operator', 'viewer', 'operator']) {
      expect((await owner('PATCH', `${MEMBERS}/ada`, { body: { spec: { role } } })).status).toBe(200)
      expect([await own(), await others()]).toEqual([members, []])
    }
    vi.setSystemTime(Date.now() + 1_000)
    expect(await others()).toEqual(byIdentifier)
  })
})

describe('a member who is removed', () => {
  it('does not come back with a lookup that read the members before', async () => {
    const { as, cluster } = await world({ keepsCaches: true })
    const owner = await as('owner', 'acme')
    const member = await as('viewer', 'acme')
    const stranger = await as('viewer', 'globex')
    const see = (caller: Caller) => caller('GET', '/v1/organizations/acme/vaults')
    expect((await see(member)).status).toBe(200)
    // Too old to refuse the stranger, and young enough for the owner.
    vi.setSystemTime(Date.now() + 2_000)
    const isRead = Promise.withResolvers<void>()
    const removal = Promise.withResolvers<void>()
    cluster.intercept = async ({ method, path }) => {
      if (!path.includes('/org-acme/organizationmembers?')) return undefined
      cluster.intercept = undefined
      const before = cluster.ask(method, path)
      isRead.resolve()
      await removal.promise
      return { status: before.status, body: before.body }
    }
    const lookup = see(stranger)
    await isRead.promise
    expect((await owner('DELETE', `${MEMBERS}/acme-viewer-2`)).status).toBe(204)
    removal.resolve()
    expect((await lookup).status).toBe(404)
    expect((await see(member)).status).toBe(404)
  })
})
