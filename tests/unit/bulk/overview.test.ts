import { describe, expect, it } from 'vitest'
import type { Environment, Fetcher } from '../../../shared/runtime/environment.ts'
import { FUNCTIONS, type Json, sample, world } from '../fixtures/world.ts'

const OVERVIEW = '/v1/organizations/acme/overview'
const kinds = Object.values(FUNCTIONS).flatMap(({ definition: { resource } }) => resource ?? [])
const inOrganization = kinds.filter(({ scope }) => scope === 'organization').map(({ plural }) => plural)

const away: Fetcher = {
  fetch: async () => {
    throw new TypeError('connection refused')
  },
}
const vaultsAway = { settings: { FN_VAULTS: away } as Partial<Environment> }

function of(body: Json, plural: string): Json {
  return body.kinds.find((kind: Json) => kind.plural === plural)
}

describe('the overview of an organization', () => {
  it('has the numbers of each kind, and its quotas', async () => {
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'secrets'))
    await at.put('vaults', 'globex', sample('vaults', 'foreign'))
    const organization = sample('organizations', 'bounded', { quotas: { connectors: 5, participants: 1 } })
    await at.put('organizations', 'platform', { ...organization, status: { usage: { connectors: 3, members: 2 } } })
    await at.kube('POST', '/api/v1/namespaces', {
      body: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'org-bounded', labels: { 'cloud.kaphera.com/organization': 'bounded' } },
      },
    })
    const viewer = await at.as('viewer', 'acme')
    const { status, body } = await viewer('GET', OVERVIEW)
    expect(status).toBe(200)
    expect(body.kinds.map(({ plural }: Json) => plural).toSorted()).toEqual(inOrganization.toSorted())
    expect(of(body, 'vaults')).toMatchObject({
      kind: 'Vault',
      counts: { total: 1, ready: 0 },
      unready: [{ metadata: { name: 'secrets' }, ready: false }],
    })
    expect(of(body, 'connectors').counts).toEqual({ total: 0, ready: 0, phases: {} })
    const other = await (await at.as('platform-admin', 'platform'))('GET', '/v1/organizations/bounded/overview')
    expect(other.body.quotas.items).toEqual([
      { name: 'connectors', limit: 5, used: 3 },
      { name: 'members', limit: null, used: 2 },
      { name: 'participants', limit: 1, used: null },
    ])
  })

  it('asks nothing more when the client has left', async () => {
    const client = new AbortController()
    const lists: Request[] = []
    const at = await world({
      between: (direct) => ({
        async fetch(input, init) {
          const request = new Request(input, init)
          if (!/\/(vaults|connectors)\?/.test(request.url)) return direct.fetch(request)
          lists.push(request)
          return new Promise((_, reject) => {
            request.signal.addEventListener('abort', () => reject(request.signal.reason))
          })
        },
      }),
    })
    const open = await at.opens('viewer', 'acme')
    const answer = open('GET', `${OVERVIEW}?kinds=vaults,connectors`, { signal: client.signal })
    await expect.poll(() => lists.length, { interval: 5 }).toBe(2)
    client.abort()
    expect((await answer).status).toBe(503)
    expect(lists.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })

  it('has the named kinds only, and asks no other function', async () => {
    const at = await world()
    const viewer = await at.as('viewer', 'acme')
    at.cluster.requests.length = 0
    const { body } = await viewer('GET', `${OVERVIEW}?kinds=vaults,participants&labelSelector=a=b`)
    expect(body.kinds.map(({ plural }: Json) => plural).toSorted()).toEqual(['participants', 'vaults'])
    const asked = at.cluster.requests.map(({ path }) => new URL(path, 'http://cluster'))
    expect(asked.filter(({ searchParams }) => searchParams.get('labelSelector') === 'a=b').length).toBe(2)
    expect(asked.some(({ pathname }) => pathname.endsWith('/connectors'))).toBe(false)
  })

  it('says which kinds are not available, and has the numbers of the others', async () => {
    const at = await world()
    const viewer = await at.as('viewer', 'acme')
    const { status, body } = await viewer('GET', OVERVIEW, vaultsAway)
    expect(status).toBe(200)
    expect(of(body, 'vaults')).toMatchObject({ problem: { code: 'function_unavailable', status: 503 } })
    expect(of(body, 'vaults')).not.toHaveProperty('counts')
    expect(of(body, 'participants').counts.total).toBe(0)
  })

  it('answers the problem of its kinds if none has numbers', async () => {
    const at = await world()
    const { status, body } = await (await at.as('viewer', 'acme'))('GET', `${OVERVIEW}?kinds=vaults`, vaultsAway)
    expect([status, body.code]).toEqual([503, 'function_unavailable'])
  })

  it('says why quotas are not known', async () => {
    const at = await world()
    const viewer = await at.as('viewer', 'acme')
    const { body } = await viewer('GET', OVERVIEW, { claims: { scope: 'kaphera-cloud:vaults:read' } })
    expect(body.kinds.map(({ plural }: Json) => plural)).toEqual(['vaults'])
    expect(body.quotas).toMatchObject({ problem: { code: 'insufficient_scope' } })
  })

  it.each([
    ['a kind that does not exist', `${OVERVIEW}?kinds=nothings`, 'viewer', 400, 'invalid_request'],
    ['a kind of the platform', `${OVERVIEW}?kinds=cells`, 'viewer', 400, 'invalid_request'],
    ['an unknown parameter', `${OVERVIEW}?limit=5`, 'viewer', 400, 'invalid_request'],
    ['an organization of others', '/v1/organizations/globex/overview', 'viewer', 404, 'not_found'],
    ['an organization that does not exist', '/v1/organizations/absent/overview', 'viewer', 404, 'not_found'],
  ])('is refused for %s', async (_, path, role, expected, code) => {
    const at = await world()
    const { status, body } = await (await at.as(role, 'acme'))('GET', path)
    expect([status, body.code]).toEqual([expected, code])
  })
})

describe('the overview of all organizations', () => {
  it('counts what the caller may see, and has no quotas', async () => {
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'secrets'))
    await at.put('vaults', 'globex', sample('vaults', 'foreign'))
    const { body: own } = await (await at.as('viewer', 'acme'))('GET', '/v1/overview')
    expect(of(own, 'vaults').counts.total).toBe(1)
    expect(own).not.toHaveProperty('quotas')
    expect(of(own, 'organizations').counts.total).toBe(1)
    const { body: all } = await (await at.as('platform-admin', 'platform'))('GET', '/v1/overview')
    expect(of(all, 'vaults').counts.total).toBe(2)
    expect(all.kinds.map(({ plural }: Json) => plural).toSorted()).toEqual(kinds.map(({ plural }) => plural).toSorted())
  })
})
