import { describe, expect, it } from 'vitest'
import { sample, world } from './resource-fixtures.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

describe('a reference within the organisation', () => {
  it('may come before what it names, with a warning', async () => {
    const { as, put } = await world()
    const operator = await as('operator', 'acme')
    await put('participants', 'acme', sample('participants', 'acme'))
    const spec = { participantRef: { name: 'acme' }, vaultRef: { name: 'kv' }, identityHubRef: { name: 'hub' } }
    const created = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc', spec) })
    expect(created.status).toBe(201)
    const warnings = created.headers.get('Warning') ?? ''
    expect(warnings).toContain('299 - "spec.vaultRef: vaults kv does not exist yet"')
    expect(warnings).toContain('identityhubs hub')
    expect(warnings).not.toContain('participants')
    // Nobody is told the same twice: what was there before is not looked at again.
    const patched = await operator('PATCH', `${CONNECTORS}/edc`, { body: { spec: { suspended: true } } })
    expect(patched.headers.get('Warning')).toBeNull()
  })

  it('may name a kind that the cluster does not serve', async () => {
    const { as, cluster } = await world()
    const operator = await as('operator', 'acme')
    const notFound = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, details: {} }
    cluster.intercept = ({ path }) => (path.includes('/vaults') ? { status: 404, body: notFound } : undefined)
    const created = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc') })
    expect(created.status).toBe(201)
    expect(created.headers.get('Warning')).toContain('vaults')
  })
})

describe('a reference elsewhere', () => {
  const registry = (name: string, allowedNamespaces: unknown) =>
    sample('digitaltwinregistries', name, { allowedNamespaces })
  const tenant = (name: string, namespace = 'org-globex') =>
    sample('digitaltwinregistrytenants', 't', { registryRef: { name, namespace } })
  const TENANTS = '/v1/organizations/acme/digitaltwinregistrytenants?dryRun=All'

  it.each([
    ['All', { from: 'All' }, 201],
    ['Same', { from: 'Same' }, 422],
    ['a selector that matches', { from: 'Selector', selector: { matchLabels: { side: 'acme' } } }, 201],
    ['a selector that does not match', { from: 'Selector', selector: { matchLabels: { side: 'other' } } }, 422],
    [
      'expressions that match',
      {
        from: 'Selector',
        selector: {
          matchExpressions: [
            { key: 'side', operator: 'In', values: ['acme', 'other'] },
            { key: 'side', operator: 'NotIn', values: ['globex'] },
            { key: 'side', operator: 'Exists' },
            { key: 'closed', operator: 'DoesNotExist' },
          ],
        },
      },
      201,
    ],
    [
      'an expression that does not match',
      { from: 'Selector', selector: { matchExpressions: [{ key: 'side', operator: 'DoesNotExist' }] } },
      422,
    ],
  ])('is good for what takes the namespace: %s', async (_, allowed, status) => {
    const { as, put } = await world()
    await put('digitaltwinregistries', 'globex', registry('dtr', allowed))
    const operator = await as('operator', 'acme')
    const answer = await operator('POST', TENANTS, { body: tenant('dtr') })
    // A dry run creates nothing, and says 200 for what would be 201.
    expect(answer.status).toBe(status === 201 ? 200 : status)
    if (status === 422) expect(answer.body.errors).toMatchObject([{ pointer: '/spec/registryRef' }])
  })

  it('to what is not offered is refused exactly as one to nothing', async () => {
    const { as, put } = await world()
    await put('digitaltwinregistries', 'globex', registry('dtr', { from: 'Same' }))
    const operator = await as('operator', 'acme')
    const refusals = await Promise.all(
      [tenant('dtr'), tenant('none'), tenant('dtr', 'org-nobody'), tenant('dtr', 'kube-system')].map(async (body) => {
        const { status, body: problem } = await operator('POST', TENANTS, { body })
        const { requestId: _, ...rest } = problem
        return { status, ...rest }
      }),
    )
    expect(refusals[0]).toMatchObject({ status: 422, code: 'validation_failed' })
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0])
  })

  it('is good for whoever sees the other organisation, and for the platform', async () => {
    const { as, put, stored } = await world()
    await put('digitaltwinregistries', 'globex', registry('dtr', { from: 'Same' }))
    const operator = await as('operator', 'acme')
    const id = (await stored('organizationmembers', 'acme', 'acme-operator-1')).spec.subject.id
    await put('organizationmembers', 'globex', {
      ...sample('organizationmembers', 'guest'),
      spec: { subject: { kind: 'User', id }, role: 'viewer' },
    })
    expect((await operator('POST', TENANTS, { body: tenant('dtr') })).status).toBe(200)
    const platform = await as('admin', 'platform')
    expect((await platform('POST', TENANTS, { body: tenant('dtr') })).status).toBe(200)
    expect((await platform('POST', TENANTS, { body: tenant('none') })).status).toBe(422)
  })

  it('stays when what it names is withdrawn, as long as it is not changed', async () => {
    const { as, put, kube } = await world()
    const object = await put('digitaltwinregistries', 'globex', registry('dtr', { from: 'All' }))
    const operator = await as('operator', 'acme')
    expect((await operator('POST', TENANTS.replace(/\?.*/, ''), { body: tenant('dtr') })).status).toBe(201)
    await kube('PUT', `/apis/${object.apiVersion}/namespaces/org-globex/digitaltwinregistries/dtr`, {
      body: { ...object, spec: { ...object.spec, allowedNamespaces: { from: 'Same' } } },
    })
    const path = '/v1/organizations/acme/digitaltwinregistrytenants/t'
    expect((await operator('PATCH', path, { body: { spec: { suspended: true } } })).status).toBe(200)
  })

  it.each([
    ['all organisations', undefined, 200],
    ['ours', ['globex', 'acme'], 200],
    ['another', ['globex'], 422],
  ])('to a cell for %s', async (_, allowedOrganizations, status) => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'fra', { allowedOrganizations }))
    const operator = await as('operator', 'acme')
    const body = sample('connectors', 'edc', { cellRef: { name: 'fra' } })
    const answer = await operator('POST', `${CONNECTORS}?dryRun=All`, { body })
    expect(answer.status).toBe(status)
    if (status === 422) expect(answer.body.errors).toMatchObject([{ pointer: '/spec/cellRef' }])
  })

  it.each([
    ['Public', undefined, 200],
    ['Organizations', ['acme'], 200],
    ['Organizations', ['globex'], 422],
    ['Private', ['acme'], 422],
  ])('to a dataspace that is %s for %s', async (visibility, allowedOrganizations, status) => {
    const { as, put } = await world()
    const spec = { visibility, allowedOrganizations, authorityRef: { name: 'authority' } }
    await put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'x', spec))
    const admin = await as('admin', 'acme')
    const body = sample('dataspacememberships', 'm', { dataspaceRef: { name: 'x', namespace: 'org-authority' } })
    const answer = await admin('POST', '/v1/organizations/acme/dataspacememberships?dryRun=All', { body })
    expect(answer.status).toBe(status)
  })

  it('in a list names its element', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'fra'))
    const admin = await as('admin', 'authority')
    const spec = { authorityRef: { name: 'authority' }, cells: [{ name: 'fra' }, { name: 'none' }] }
    const body = sample('dataspaceprofiles', 'x', spec)
    const answer = await admin('POST', '/v1/organizations/authority/dataspaceprofiles', { body })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/cells/1' }] } })
  })

  it('to an organisation that the caller does not see is refused', async () => {
    const { as } = await world()
    const admin = await as('admin', 'acme')
    const post = (name: string) =>
      admin('POST', '/v1/organizations/acme/dataspaceprofiles?dryRun=All', {
        body: sample('dataspaceprofiles', 'x', { authorityRef: { name } }),
      })
    expect((await post('acme')).status).toBe(200)
    expect(await post('globex')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/authorityRef' }] } })
  })
})

describe('deleting what is referred to', () => {
  it('is refused with the list of users, and works when they are gone', async () => {
    const { as, put } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    await put('connectors', 'acme', sample('connectors', 'edc', { vaultRef: { name: 'kv' } }))
    const admin = await as('admin', 'acme')
    const path = '/v1/organizations/acme/vaults/kv'
    const refused = await admin('DELETE', path)
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'in_use',
        references: [
          { plural: 'connectors', kind: 'Connector', organization: 'acme', name: 'edc', field: 'spec.vaultRef' },
        ],
      },
    })
    expect((await admin('GET', path)).status).toBe(200)
    expect((await admin('DELETE', `${CONNECTORS}/edc`)).status).toBe(204)
    expect((await admin('DELETE', path)).status).toBe(204)
  })

  it('counts users of other organisations without naming them', async () => {
    const { as, put } = await world()
    await put(
      'digitaltwinregistries',
      'globex',
      sample('digitaltwinregistries', 'dtr', { allowedNamespaces: { from: 'All' } }),
    )
    const registryRef = { name: 'dtr', namespace: 'org-globex' }
    await put(
      'digitaltwinregistrytenants',
      'acme',
      sample('digitaltwinregistrytenants', 'secret-name', { registryRef }),
    )
    const admin = await as('admin', 'globex')
    const path = '/v1/organizations/globex/digitaltwinregistries/dtr'
    const refused = await admin('DELETE', path)
    expect(refused).toMatchObject({ status: 409, body: { code: 'in_use' } })
    expect(refused.body.detail).toContain('one of which you may not see')
    for (const answer of [refused, await admin('GET', `${path}/references`), await admin('GET', `${path}/tenants`)]) {
      expect(answer.text).not.toMatch(/secret-name|acme/)
    }
  })

  it('does not count the parts of the object itself', async () => {
    const { as, put } = await world()
    const owner = await put('connectors', 'acme', sample('connectors', 'edc'))
    const { apiVersion, metadata } = owner
    const ownerReferences = [{ apiVersion, kind: 'Connector', name: 'edc', uid: metadata.uid, controller: true }]
    await put(
      'dataplanes',
      'acme',
      sample('dataplanes', 'edc-default', { connectorRef: { name: 'edc' } }, { ownerReferences }),
    )
    const operator = await as('operator', 'acme')
    const dataplanes = await operator('GET', `${CONNECTORS}/edc/dataplanes`)
    expect(dataplanes.body.items).toMatchObject([{ metadata: { name: 'edc-default' } }])
    expect((await operator('DELETE', `${CONNECTORS}/edc`)).status).toBe(204)
  })

  it('looks for users as the function, and deletes as KUBE_IDENTITY says', async () => {
    const { as, put, cluster } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    const admin = await as('admin', 'acme')
    cluster.requests.length = 0
    const settings = { KUBE_IDENTITY: 'impersonate' }
    expect((await admin('DELETE', '/v1/organizations/acme/vaults/kv', { settings })).status).toBe(204)
    const impersonated = cluster.requests.filter(({ headers }) => headers['impersonate-user'] !== undefined)
    expect(impersonated.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'GET /apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults/kv',
      'DELETE /apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults/kv',
    ])
  })

  it('does not mistake an object of the same name in another namespace', async () => {
    const { as, put } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    await put('connectors', 'globex', sample('connectors', 'edc', { vaultRef: { name: 'kv' } }))
    expect((await (await as('admin', 'acme'))('DELETE', '/v1/organizations/acme/vaults/kv')).status).toBe(204)
  })
})

describe('the view references', () => {
  it('shows both directions', async () => {
    const { as, put } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    const spec = { vaultRef: { name: 'kv' }, participantRef: { name: 'ada' }, identityHubRef: { name: 'hub' } }
    await put('connectors', 'acme', sample('connectors', 'edc', spec))
    await put('dataplanes', 'acme', sample('dataplanes', 'dp', { connectorRef: { name: 'edc' } }))
    const viewer = await as('viewer', 'acme')
    const { status, body } = await viewer('GET', `${CONNECTORS}/edc/references`)
    expect(status).toBe(200)
    expect(body.refersTo).toEqual(
      expect.arrayContaining([
        { plural: 'vaults', kind: 'Vault', organization: 'acme', name: 'kv', field: 'spec.vaultRef', exists: true },
        expect.objectContaining({ plural: 'participants', name: 'ada', exists: false }),
      ]),
    )
    expect(body.referredToBy).toEqual([
      { plural: 'dataplanes', kind: 'DataPlane', organization: 'acme', name: 'dp', field: 'spec.connectorRef' },
    ])
  })
})

describe('the view references of an organisation', () => {
  it('shows the cell that it may use', async () => {
    const { as, put, kube } = await world()
    await put('cells', 'platform', sample('cells', 'fra', { allowedOrganizations: ['acme'] }))
    await kube('PATCH', '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/acme', {
      body: { spec: { defaultCellRef: { name: 'fra' } } },
      headers: { 'Content-Type': 'application/merge-patch+json' },
    })
    const { body } = await (await as('viewer', 'acme'))('GET', '/v1/organizations/acme/references')
    expect(body.refersTo).toMatchObject([{ plural: 'cells', name: 'fra', exists: true }])
  })

  it('is there although another organisation has no namespace yet', async () => {
    const { as, put } = await world()
    await put('organizations', 'platform', sample('organizations', 'new', { parentRef: { name: 'acme' } }))
    const { status, body } = await (await as('platform-admin', 'platform'))('GET', '/v1/organizations/acme/references')
    expect([status, body.referredToBy]).toMatchObject([200, [{ plural: 'organizations', name: 'new' }]])
  })
})

describe('what others offer', () => {
  const profile = (name: string, visibility: string, more = {}) =>
    sample('dataspaceprofiles', name, { visibility, authorityRef: { name: 'authority' }, ...more })

  it('is listed across organisations and can be read, the rest is not there', async () => {
    const { as, put } = await world()
    await put('dataspaceprofiles', 'authority', profile('public', 'Public'))
    await put('dataspaceprofiles', 'authority', profile('ours', 'Organizations', { allowedOrganizations: ['acme'] }))
    await put(
      'dataspaceprofiles',
      'authority',
      profile('theirs', 'Organizations', { allowedOrganizations: ['globex'] }),
    )
    await put('dataspaceprofiles', 'authority', profile('private', 'Private'))
    await put('dataspaceprofiles', 'acme', profile('own', 'Private'))
    const viewer = await as('viewer', 'acme')
    const list = await viewer('GET', '/v1/dataspaceprofiles')
    expect(list.status).toBe(200)
    expect(list.body.items.map((item: { metadata: { name: string } }) => item.metadata.name).sort()).toEqual([
      'ours',
      'own',
      'public',
    ])
    const base = '/v1/organizations/authority/dataspaceprofiles'
    expect(await viewer('GET', `${base}/ours`)).toMatchObject({ status: 200, body: { metadata: { name: 'ours' } } })

    const missing = await viewer('GET', '/v1/organizations/nobody/dataspaceprofiles/private')
    for (const answer of [await viewer('GET', `${base}/private`), await viewer('GET', `${base}/none`)]) {
      expect(answer.status).toBe(404)
      expect(answer.body.detail.replace('authority', 'nobody')).toBe(missing.body.detail)
    }
    for (const [method, path] of [
      ['GET', base],
      ['GET', `${base}/ours/events`],
      ['GET', `${base}/ours/memberships`],
      ['DELETE', `${base}/ours`],
    ] as const) {
      expect((await viewer(method, path)).status).toBe(404)
    }
  })

  it('does not say who else may use it, nor who wrote it', async () => {
    const { as, put } = await world()
    const annotations = { 'cloud.kaphera.com/created-by': 'eve', note: 'for all' }
    const shared = { allowedOrganizations: ['globex', 'acme'] }
    const spec = { visibility: 'Organizations', authorityRef: { name: 'authority' }, ...shared }
    await put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'ours', spec, { annotations }))
    await put('cells', 'platform', sample('cells', 'fra', shared, { annotations }))
    const viewer = await as('viewer', 'acme')
    for (const path of [
      '/v1/dataspaceprofiles',
      '/v1/organizations/authority/dataspaceprofiles/ours',
      '/v1/cells',
      '/v1/cells/fra',
      '/v1/cells/fra/references',
    ]) {
      const answer = await viewer('GET', path)
      expect(answer.status).toBe(200)
      expect(`${path} ${answer.text}`).not.toMatch(/globex|eve/)
    }
    expect((await viewer('GET', '/v1/cells/fra')).body).toMatchObject({
      metadata: { annotations: { note: 'for all' } },
      spec: { allowedOrganizations: ['acme'] },
    })
    const authority = await as('viewer', 'authority')
    const own = await authority('GET', '/v1/organizations/authority/dataspaceprofiles/ours')
    expect(own.body.spec.allowedOrganizations).toEqual(['globex', 'acme'])
  })

  it('is for cells what an organisation of the caller may use', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'all'))
    await put('cells', 'platform', sample('cells', 'theirs', { allowedOrganizations: ['globex'] }))
    const viewer = await as('viewer', 'acme')
    const list = await viewer('GET', '/v1/cells')
    expect(list.body.items).toMatchObject([{ metadata: { name: 'all' } }])
    expect((await viewer('GET', '/v1/cells/all/capacity')).status).toBe(200)
    expect((await viewer('GET', '/v1/cells/theirs')).status).toBe(404)
    expect((await viewer('GET', '/v1/cells/theirs/status')).status).toBe(404)
    expect((await viewer('DELETE', '/v1/cells/all')).status).toBe(403)
    const platform = await as('admin', 'platform')
    expect((await platform('GET', '/v1/cells')).body.items).toHaveLength(2)
  })

  it('is for shared pools what takes a namespace of the caller', async () => {
    const { as, put } = await world()
    await put('dspdataplanes', 'platform', sample('dspdataplanes', 'open', { allowedNamespaces: { from: 'All' } }))
    await put('dspdataplanes', 'platform', sample('dspdataplanes', 'closed', { allowedNamespaces: { from: 'Same' } }))
    const viewer = await as('viewer', 'acme')
    expect((await viewer('GET', '/v1/dspdataplanes')).body.items).toMatchObject([{ metadata: { name: 'open' } }])
    expect((await viewer('GET', '/v1/dspdataplanes/closed')).status).toBe(404)
    expect((await viewer('POST', '/v1/dspdataplanes/open/scale', { body: { replicas: 9 } })).status).toBe(403)
    expect((await viewer('GET', '/v1/dspdataplanes/open/logs')).status).toBe(403)
  })
})

describe('a kind that the cluster does not serve', () => {
  it('answers so to every method', async () => {
    const { as, cluster } = await world()
    const operator = await as('operator', 'acme')
    // As kube-apiserver does for a path without a CRD.
    cluster.intercept = ({ path }) =>
      path.includes('/connectors')
        ? { status: 404, headers: { 'Content-Type': 'text/plain' }, body: '404 page not found\n' }
        : undefined
    for (const [method, path, body] of [
      ['GET', CONNECTORS, undefined],
      ['GET', '/v1/connectors', undefined],
      ['GET', `${CONNECTORS}/edc`, undefined],
      ['POST', CONNECTORS, sample('connectors', 'edc')],
      ['PATCH', `${CONNECTORS}/edc`, { spec: {} }],
      ['DELETE', `${CONNECTORS}/edc`, undefined],
      ['POST', `${CONNECTORS}/edc/suspend`, undefined],
      ['GET', `${CONNECTORS}/edc/events`, undefined],
    ] as const) {
      const answer = await operator(method, path, { body })
      expect(`${method} ${path} ${answer.status} ${answer.body?.code}`).toBe(`${method} ${path} 404 kind_not_served`)
    }
  })
})

describe('a caller whose grant is for some participants', () => {
  it('learns of what refers to an object no more than of what is not there', async () => {
    const { opens, put } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    for (const name of ['one', 'two']) {
      const spec = { participantRef: { name }, vaultRef: { name: 'kv' } }
      await put('connectors', 'acme', sample('connectors', `edc-${name}`, spec))
    }
    const limited = await opens('viewer', 'acme', { participants: ['one'] })
    const read = async (view: string): Promise<unknown> =>
      (await limited('GET', `/v1/organizations/acme/vaults/kv/${view}`)).json()
    expect(await read('references')).toMatchObject({ referredToBy: [{ name: 'edc-one' }], hidden: 1 })
    expect(await read('consumers')).toMatchObject({ items: [{ name: 'edc-one' }], hidden: 1 })
  })

  it('is told the same of an object of another participant and of none', async () => {
    const { opens, put } = await world()
    for (const name of ['one', 'two']) {
      await put('connectors', 'acme', sample('connectors', `edc-${name}`, { participantRef: { name } }))
    }
    const limited = await opens('operator', 'acme', { participants: ['one'] })
    const warning = async (name: string): Promise<string | null> => {
      const spec = { participantRef: { name: 'one' }, connectorRef: { name } }
      const body = JSON.stringify(sample('digitaltwinregistrytenants', 't', spec))
      const path = '/v1/organizations/acme/digitaltwinregistrytenants?dryRun=All'
      const headers = { 'Content-Type': 'application/json' }
      return (await limited('POST', path, { body, headers })).headers.get('Warning')?.replaceAll(name, '…') ?? null
    }
    expect(await warning('edc-two')).toEqual(await warning('edc-none'))
    expect(await warning('edc-one')).not.toContain('connectors')
  })
})
