/** Lists over HTTP: pages, tokens and headers. */
import { describe, expect, it } from 'vitest'
import { seal } from '../../../../shared/runtime/sealed.ts'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

/** A world with some connectors of acme. */
async function three(): Promise<World> {
  const at = await world()
  for (const name of ['a', 'b', 'c']) await at.put('connectors', 'acme', sample('connectors', name))
  return at
}

describe('the answer to a list', () => {
  it('has what was asked for, and says what it is, how many follow, and where the next page is', async () => {
    const at = await three()
    const viewer = await at.as('viewer', 'acme')
    at.cluster.requests.length = 0
    const first = await viewer('GET', `${CONNECTORS}?limit=2&labelSelector=`)
    const asked = at.cluster.requests.map(({ path }) => path).filter((path) => path.includes('/connectors?'))
    expect(asked).toEqual([expect.stringMatching(/[?&]limit=2(&|$)/)])
    const { apiVersion } = sample('connectors', 'a')
    expect(first.body).toMatchObject({ apiVersion, kind: 'ConnectorList', metadata: { remainingItemCount: 1 } })
    expect(first.body.metadata.resourceVersion).toMatch(/^\d+$/)
    expect(first.body).not.toHaveProperty('columns')
    const { continue: token } = first.body.metadata
    const next = `${CONNECTORS}?limit=2&labelSelector=&continue=${token}`
    expect(first.headers.get('Link')).toBe(`<${next}>; rel="next"`)
    const last = await viewer('GET', next)
    expect(last.headers.get('Link')).toBeNull()
    expect(last.body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['c'])
    expect(Object.keys(last.body.metadata)).toEqual(['resourceVersion'])
  })

  it.each(['sort=metadata.name', 'q=-', 'view=summary', 'view=overview', 'labelSelector=a'])(
    'is YAML if the client prefers that: %s',
    async (query) => {
      const viewer = await (await world()).as('viewer', 'acme')
      const { status, text } = await viewer('GET', `${CONNECTORS}?${query}`, {
        headers: { Accept: 'application/yaml' },
      })
      expect([status, text.split('\n')[0]]).toEqual([200, `apiVersion: ${sample('connectors', 'a').apiVersion}`])
    },
  )

  it('has a version only if its objects are from one list', async () => {
    const at = await three()
    const member = { subject: { kind: 'User', id: 'both' } }
    const open = await at.opens('viewer', 'acme', member)
    const versionOf = async (): Promise<unknown> => {
      const answer = await open('GET', '/v1/connectors', { claims: { sub: 'both' } })
      return ((await answer.json()) as Json).metadata.resourceVersion
    }
    expect(await versionOf()).toMatch(/^\d+$/)
    await at.opens('viewer', 'globex', member)
    expect(await versionOf()).toBeUndefined()
  })
})

describe('a list of all organizations', () => {
  it('has what others offer to one of them', async () => {
    const at = await world()
    for (const [name, from] of Object.entries({ offered: 'All', own: 'Same' })) {
      const spec = { mode: 'Shared', allowedNamespaces: { from } }
      await at.put('identityhubs', 'globex', sample('identityhubs', name, spec))
      await at.put('identityhubs', 'acme', sample('identityhubs', `acme-${name}`, spec))
    }
    const { body } = await (await at.as('viewer', 'acme'))('GET', '/v1/identityhubs')
    expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['acme-offered', 'acme-own', 'offered'])
  })
})

describe('a continue token', () => {
  const RULE = 'must be the token of the previous page; the other parameters must not change'

  it('is refused with other parameters, and for another organization', async () => {
    const at = await three()
    await at.put('connectors', 'globex', sample('connectors', 'x'))
    const admin = await at.as('admin', 'platform')
    const { body } = await admin('GET', `${CONNECTORS}?limit=1`)
    const token = body.metadata.continue
    for (const path of [
      `${CONNECTORS}?sort=metadata.name&continue=${token}`,
      `${CONNECTORS}?labelSelector=a&continue=${token}`,
      `/v1/organizations/globex/connectors?continue=${token}`,
      `${CONNECTORS}?continue=x${token}`,
      `${CONNECTORS}?continue=`,
    ]) {
      const answer = await admin('GET', path)
      const errors = [{ pointer: '?continue', detail: RULE }]
      expect([path, answer.status, answer.body.errors]).toEqual([path, 400, errors])
    }
    // The size of a page, and how it is shown, may change.
    const rest = await admin('GET', `${CONNECTORS}?limit=7&view=summary&continue=${token}`)
    expect(rest.body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['b', 'c'])
  })

  it('is refused after the namespace was made again', async () => {
    const at = await three()
    const viewer = await at.as('viewer', 'acme')
    const { body } = await viewer('GET', `${CONNECTORS}?limit=1`)
    const labels = { 'cloud.kaphera.com/organization': 'acme' }
    at.cluster.intercept = async ({ path }) =>
      path === '/api/v1/namespaces/org-acme'
        ? { status: 200, body: { metadata: { name: 'org-acme', uid: 'other', labels } } }
        : undefined
    const answer = await viewer('GET', `${CONNECTORS}?limit=1&continue=${body.metadata.continue}`)
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '?continue', detail: RULE }] } })
  })

  it('is refused to a caller without organizations', async () => {
    const open = await (await world()).opens('viewer', 'platform')
    const answer = await open('GET', '/v1/connectors?continue=x', { claims: { groups: [] } })
    expect([answer.status, ((await answer.json()) as Json).errors]).toEqual([
      400,
      [{ pointer: '?continue', detail: RULE }],
    ])
  })

  it('of the plain order is none of a sorted list', async () => {
    const at = await three()
    const viewer = await at.as('viewer', 'acme')
    const { body } = await at.kube('GET', '/api/v1/namespaces/org-acme')
    const binding = JSON.stringify([CONNECTORS, '', '', 'ready', ''])
    const sealed = async (value: unknown) => seal(body.metadata.uid, binding, value)
    for (const [cursor, status] of [
      [{ namespace: 'org-acme' }, 400],
      [{ offset: 10 }, 410],
      [{ position: { values: [false], key: 'org-acme/b' } }, 200],
    ] as const) {
      const answer = await viewer('GET', `${CONNECTORS}?sort=ready&continue=${await sealed(cursor)}`)
      expect(answer.status).toBe(status)
    }
  })

  it('is given with a sorted list as long as objects follow', async () => {
    const viewer = await (await three()).as('viewer', 'acme')
    const { body } = await viewer('GET', `${CONNECTORS}?sort=-metadata.name&limit=2`)
    expect(body.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 1 })
    const next = `${CONNECTORS}?sort=-metadata.name&limit=2&continue=${body.metadata.continue}`
    const last = await viewer('GET', next)
    expect(last.body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['a'])
    expect(Object.keys(last.body.metadata)).toEqual(['resourceVersion'])
  })
})
