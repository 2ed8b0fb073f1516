/** Authorization of writes that depends on the object, and denial without a decision. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { verb } from '../../../shared/kind/operation.ts'
import { restart } from '../../../shared/resource/actions/restart.ts'
import { Collection } from '../../../shared/resource/collection.ts'
import type { Declaration, Locate } from '../../../shared/resource/declaration.ts'
import { resource } from '../../../shared/resource/index.ts'
import { Connector } from '../../../shared/schemas/connectors.ts'
import { type Json, removeMembers, sample, type World, world } from '../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

/** A world in which connectors have their own declaration. */
async function declared(declaration: Declaration): Promise<World> {
  return world({ functions: { connectors: resource(Connector, { actions: { restart }, ...declaration }) } })
}

/** Returns settings that run a step after the first answer to a read of a path. */
function meanwhile({ cluster }: World, path: string, happens: () => Promise<unknown>): Json {
  let isDue = true
  return {
    KUBE: {
      async fetch(input: string | Request, init?: RequestInit) {
        const request = new Request(input, init)
        const { pathname, search } = new URL(request.url)
        const body = request.body === null ? null : await request.text()
        const { method, headers } = request
        const response = await fetch(cluster.url + pathname + search, { method, headers, body })
        if (isDue && method === 'GET' && pathname.endsWith(path)) {
          isDue = false
          await happens()
        }
        return response
      },
    },
  }
}

describe('a collection that decides by object', () => {
  /** Returns the organization's namespace with the caller's rights on the platform, which members do not have. */
  const locate: Locate = async (call, kind) =>
    new Collection(call, kind, {
      namespace: (await call.authorizer.organization('acme')).namespace,
      access: call.authorizer.platform(),
      isUndecided: true,
    })
  const APPLY = { 'Content-Type': 'application/apply-patch+yaml' }
  const writes: [string, string, string, Json][] = [
    ['POST', CONNECTORS, 'create', { body: sample('connectors', 'new') }],
    ['PATCH', `${CONNECTORS}/edc`, 'patch', { body: { metadata: { labels: { a: 'b' } } } }],
    ['PATCH', `${CONNECTORS}/edc`, 'patch', { body: sample('connectors', 'edc'), headers: APPLY }],
    ['PATCH', `${CONNECTORS}/new`, 'create', { body: sample('connectors', 'new'), headers: APPLY }],
    ['PUT', `${CONNECTORS}/edc`, 'replace', { body: sample('connectors', 'edc'), headers: { 'If-Match': '*' } }],
    ['PUT', `${CONNECTORS}/new`, 'create', { body: sample('connectors', 'new'), headers: { 'If-None-Match': '*' } }],
    ['POST', `${CONNECTORS}/edc/restart`, 'restart', {}],
    ['DELETE', `${CONNECTORS}/edc`, 'delete', {}],
  ]

  it.each(writes)('denies %s %s without a decision, as "%s"', async (method, path, operation, ask) => {
    const { as, put, stored } = await declared({ locate })
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const before = await stored('connectors', 'acme', 'edc')
    expect(await (await as('owner', 'acme'))(method, path, ask)).toMatchObject({
      status: 403,
      body: { detail: `None of your roles allows "${operation}" on connectors; it requires operator.` },
    })
    expect(await stored('connectors', 'acme', 'edc')).toEqual(before)
    expect((await stored('connectors', 'acme', 'new')).code).toBe(404)
  })

  it('denies reads at once', async () => {
    const { as, put } = await declared({ locate, authorize: (_wanted, { collection }) => collection.access })
    await put('connectors', 'acme', sample('connectors', 'edc'))
    expect((await (await as('owner', 'acme'))('GET', `${CONNECTORS}/edc`)).status).toBe(403)
  })

  it('allows what the decision allows', async () => {
    const authorize: Declaration['authorize'] = (_wanted, { collection }) =>
      collection.call.authorizer.organization('acme')
    const { as } = await declared({ locate, authorize })
    const post = async (role: string) =>
      (await as(role, 'acme'))('POST', `${CONNECTORS}?dryRun=All`, { body: sample('connectors', 'new') })
    expect((await post('operator')).status).toBe(200)
    expect((await post('viewer')).status).toBe(403)
  })
})

describe('a role that is too weak', () => {
  it.each([
    ['POST', CONNECTORS, 'create', {}],
    ['PATCH', `${CONNECTORS}/edc`, 'patch', {}],
    ['PUT', `${CONNECTORS}/edc`, 'replace', { 'If-Match': '*' }],
    ['PUT', `${CONNECTORS}/edc`, 'create', { 'If-None-Match': '*' }],
    ['DELETE', `${CONNECTORS}/edc`, 'delete', {}],
  ])('is told what %s %s needs, as "%s"', async (method, path, operation, headers) => {
    const viewer = await (await world()).as('viewer', 'acme')
    expect(await viewer(method, path, { headers })).toMatchObject({
      status: 403,
      body: { detail: `Your role viewer does not allow "${operation}" on connectors; it requires operator.` },
    })
  })
})

describe('a decision on a write', () => {
  it('is made after schema validation and before any other lookup', async () => {
    const authorize = vi.fn<NonNullable<Declaration['authorize']>>((_wanted, { collection }) => {
      collection.access.require(verb('create'), 'cells')
      return undefined
    })
    const check = vi.fn(() => [])
    const { as } = await declared({ authorize, check })
    const owner = await as('owner', 'acme')
    expect((await owner('POST', CONNECTORS, { body: { metadata: { name: 'x' }, spec: [] } })).status).toBe(422)
    expect(authorize).not.toHaveBeenCalled()
    const body = sample('connectors', 'x', { participantRef: { name: 'x', namespace: 'org-globex' } })
    expect((await owner('POST', CONNECTORS, { body })).status).toBe(403)
    expect(authorize).toHaveBeenCalledOnce()
    expect(check).not.toHaveBeenCalled()
  })

  it('applies to one version: an admin cannot delete a member who has just become an owner', async () => {
    const landscape = await world()
    const { as, put, kube, stored } = landscape
    const member = {
      ...sample('organizationmembers', 'x'),
      spec: { subject: { kind: 'User', id: 'x' }, role: 'viewer' },
    }
    await put('organizationmembers', 'acme', member)
    const admin = await as('admin', 'acme')
    const settings = meanwhile(landscape, '/organizationmembers/x', () =>
      kube('PATCH', '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers/x', {
        body: { spec: { role: 'owner' } },
        headers: { 'Content-Type': 'application/merge-patch+json' },
      }),
    )
    const answer = await admin('DELETE', '/v1/organizations/acme/organizationmembers/x', { settings })
    expect(answer.status).toBe(403)
    expect((await stored('organizationmembers', 'acme', 'x')).spec.role).toBe('owner')
  })
})

describe('a body that arrives slowly', () => {
  const CREATE: [string, string, Json] = ['POST', CONNECTORS, { body: sample('connectors', 'new') }]
  const APPLY = { 'Content-Type': 'application/apply-patch+yaml' }

  /** Sends the end of a body after a step. */
  async function slowly(landscape: World, [method, path, ask]: [string, string, Json], step: () => Promise<unknown>) {
    await landscape.put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await landscape.as('operator', 'acme')
    const bytes = new TextEncoder().encode(JSON.stringify(ask.body))
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          await step()
          controller.enqueue(bytes)
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    return operator(method, path, { ...ask, body })
  }

  function setForward(ms: number): void {
    const now = Date.now
    onTestFinished(() => void vi.restoreAllMocks())
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ms)
  }

  it.each<[string, string, Json]>([
    CREATE,
    [
      'PUT',
      `${CONNECTORS}/edc`,
      { body: sample('connectors', 'edc', { suspended: true }), headers: { 'If-Match': '*' } },
    ],
    ['PATCH', `${CONNECTORS}/edc`, { body: { spec: { suspended: true } } }],
    ['PATCH', `${CONNECTORS}/new`, { body: sample('connectors', 'new'), headers: APPLY }],
    ['POST', `${CONNECTORS}/edc/restart`, { body: {} }],
  ])('changes nothing after the caller was removed: %s %s', async (...request) => {
    const landscape = await declared({})
    const answer = await slowly(landscape, request, async () => {
      await removeMembers(landscape)
      // The cached members have expired by now.
      setForward(15_000)
    })
    expect(answer.status).toBe(404)
    expect(landscape.cluster.requests.filter(({ method }) => method === 'PATCH' || method === 'PUT')).toEqual([])
    expect((await landscape.stored('connectors', 'acme', 'new')).code).toBe(404)
  })

  it('is refused after 30 s', async () => {
    const answer = await slowly(await world(), CREATE, async () => setForward(31_000))
    expect(answer).toMatchObject({ status: 408, body: { detail: 'The body must arrive within 30 seconds.' } })
  })

  it('is accepted if it takes a few seconds', async () => {
    expect((await slowly(await world(), CREATE, async () => setForward(8_000))).status).toBe(201)
  })
})

describe('a role in an organization that is deleted meanwhile', () => {
  it('does not create the organization again', async () => {
    const landscape = await world()
    const { as, kube, stored } = landscape
    const owner = await as('owner', 'acme')
    const path = '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/acme'
    const settings = meanwhile(landscape, '/organizations/acme', () => kube('DELETE', path))
    const answer = await owner('PATCH', '/v1/organizations/acme', {
      settings,
      headers: { 'Content-Type': 'application/apply-patch+yaml' },
      body: sample('organizations', 'acme', { quotas: { connectors: 1000 }, namespace: 'org-acme' }),
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await stored('organizations', 'platform', 'acme')).code).toBe(404)
  })
})

describe('a decision about a membership', () => {
  const PATH = '/dataspacememberships/join'
  const NAMESPACE = '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme'
  const join = (dataspace: string, authority: string) =>
    sample('dataspacememberships', 'join', { dataspaceRef: { name: dataspace, namespace: `org-${authority}` } })

  async function dataspaces(): Promise<World> {
    const landscape = await world()
    for (const [name, authority] of [
      ['x', 'authority'],
      ['y', 'globex'],
    ] as const) {
      const spec = { visibility: 'Public', authorityRef: { name: authority } }
      await landscape.put('dataspaceprofiles', authority, sample('dataspaceprofiles', name, spec))
    }
    return landscape
  }

  it('does not apply to another membership that takes its name meanwhile', async () => {
    const landscape = await dataspaces()
    const { as, put, kube, stored } = landscape
    await put('dataspacememberships', 'acme', join('x', 'authority'))
    const authority = await as('admin', 'authority')
    const settings = meanwhile(landscape, PATH, async () => {
      await kube('DELETE', NAMESPACE + PATH)
      await put('dataspacememberships', 'acme', join('y', 'globex'))
    })
    const answer = await authority('POST', `/v1/organizations/acme${PATH}/approve`, { settings })
    expect(answer.status).toBe(404)
    expect((await stored('dataspacememberships', 'acme', 'join')).spec).toMatchObject({
      dataspaceRef: { name: 'y' },
      approval: { decision: 'Pending' },
    })
  })

  it('does not apply to a membership that the applicant creates meanwhile', async () => {
    const landscape = await dataspaces()
    const { as, put, stored } = landscape
    const applicant = await as('owner', 'acme')
    const settings = meanwhile(landscape, PATH, () => put('dataspacememberships', 'acme', join('x', 'authority')))
    const answer = await applicant('POST', `/v1/organizations/acme${PATH}/approve`, { settings })
    expect(answer.status).toBe(404)
    expect((await stored('dataspacememberships', 'acme', 'join')).spec.approval).toEqual({ decision: 'Pending' })
  })
})
