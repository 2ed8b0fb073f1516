import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { annotationsOf } from '../../../infra/bundle/generate/annotations.ts'
import { mainVersion, readCrds } from '../../../infra/bundle/generate/crd.ts'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'
import { sample, type World, world } from '../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

describe('a reference within the organization', () => {
  it('may precede its target, with a warning', async () => {
    const { as, put } = await world()
    const operator = await as('operator', 'acme')
    await put('participants', 'acme', sample('participants', 'acme'))
    const spec = { participantRef: { name: 'acme' }, vaultRef: { name: 'kv' }, identityHubRef: { name: 'hub' } }
    const created = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc', spec) })
    expect(created.status).toBe(201)
    const warnings = created.headers.get('Warning') ?? ''
    expect(warnings).toContain('299 - "spec.vaultRef: Vault \\"kv\\" does not exist yet"')
    expect(warnings).toContain('IdentityHub')
    expect(warnings).not.toContain('Participant')
    // A warning appears once: an existing reference is not checked again.
    const patched = await operator('PATCH', `${CONNECTORS}/edc`, { body: { spec: { suspended: true } } })
    expect(patched.headers.get('Warning')).toBeNull()
  })

  it.each(['merge-patch+json', 'apply-patch+yaml'])('is warned of in a dry run, too: %s', async (type) => {
    const { as, put } = await world()
    const { apiVersion, kind } = await put(
      'digitaltwinregistrytenants',
      'acme',
      sample('digitaltwinregistrytenants', 't'),
    )
    const operator = await as('operator', 'acme')
    const answer = await operator('PATCH', '/v1/organizations/acme/digitaltwinregistrytenants/t?dryRun=All', {
      body: { apiVersion, kind, spec: { connectorRef: { name: 'edc' } } },
      headers: { 'Content-Type': `application/${type}` },
    })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers.get('Warning')).toBe('299 - "spec.connectorRef: Connector \\"edc\\" does not exist yet"')
  })

  it('may name a kind that the cluster does not serve', async () => {
    const { as, cluster } = await world()
    const operator = await as('operator', 'acme')
    const notFound = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, details: {} }
    cluster.intercept = ({ path }) => (path.includes('/vaults') ? { status: 404, body: notFound } : undefined)
    const created = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc') })
    expect(created.status).toBe(201)
    expect(created.headers.get('Warning')).toContain('Vault')
  })
})

describe('a reference whose target cannot be looked up', () => {
  const unavailable = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'InternalError', code: 500 }

  it('is a warning within the organization, because the object may be stored already', async () => {
    const { as, cluster } = await world()
    const operator = await as('operator', 'acme')
    cluster.intercept = ({ path }) => (path.includes('/vaults') ? { status: 500, body: unavailable } : undefined)
    const created = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc') })
    expect(created.status, created.text).toBe(201)
    expect(created.headers.get('Warning')).toContain('299 - "spec.vaultRef: Vault \\"vault\\" could not be looked up"')
  })

  it('is refused in another namespace', async () => {
    const { as, cluster } = await world()
    const operator = await as('operator', 'acme')
    cluster.intercept = ({ path }) => (path.includes('/cells') ? { status: 500, body: unavailable } : undefined)
    const cellRef = { name: 'eu', namespace: 'kaphera-system' }
    const refused = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc', { cellRef }) })
    expect(refused.status, refused.text).toBeGreaterThanOrEqual(500)
    expect(cluster.requests.filter(({ method, path }) => method === 'POST' && path.includes('connectors'))).toEqual([])
  })

  it('warns although the cluster refuses the object', async () => {
    const { as } = await world()
    const operator = await as('operator', 'acme')
    const spec = { identityHubRef: undefined }
    const refused = await operator('POST', CONNECTORS, { body: sample('connectors', 'edc', spec) })
    expect(refused.status, refused.text).toBe(422)
    expect(refused.headers.get('Warning')).toContain('Vault \\"vault\\" does not exist yet')
  })
})

describe('CVE-2021-25740: a reference to another organization', () => {
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
  ])('is valid if the target is shared with the namespace: %s', async (_, allowed, status) => {
    const { as, put } = await world()
    await put('digitaltwinregistries', 'globex', registry('dtr', allowed))
    const operator = await as('operator', 'acme')
    const answer = await operator('POST', TENANTS, { body: tenant('dtr') })
    // A dry run answers 200 where a create answers 201.
    expect(answer.status).toBe(status === 201 ? 200 : status)
    if (status === 422) expect(answer.body.errors).toMatchObject([{ pointer: '/spec/registryRef' }])
  })

  it('gets the same refusal for a target that is not offered and an absent one', async () => {
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

  it('is valid for those who may change the target, and for admins of the platform', async () => {
    const { as, put, stored } = await world()
    await put('digitaltwinregistries', 'globex', registry('dtr', { from: 'Same' }))
    const operator = await as('operator', 'acme')
    const id = (await stored('organizationmembers', 'acme', 'acme-operator-1')).spec.subject.id
    await put('organizationmembers', 'globex', {
      ...sample('organizationmembers', 'guest'),
      spec: { subject: { kind: 'User', id }, role: 'admin' },
    })
    expect((await operator('POST', TENANTS, { body: tenant('dtr') })).status).toBe(200)
    const platform = await as('admin', 'platform')
    expect((await platform('POST', TENANTS, { body: tenant('dtr') })).status).toBe(200)
    expect((await platform('POST', TENANTS, { body: tenant('none') })).status).toBe(422)
  })

  it.each([
    ['viewer', 'digitaltwinregistrytenants', 'registryRef', 'digitaltwinregistries'],
    ['operator', 'digitaltwinregistrytenants', 'registryRef', 'digitaltwinregistries'],
    ['viewer', 'dataspacememberships', 'dataspaceRef', 'dataspaceprofiles'],
  ])('is refused like an absent one to a %s of the other organization: %s', async (role, plural, field, target) => {
    const { as, put } = await world()
    const spec =
      target === 'dataspaceprofiles'
        ? { visibility: 'Private', authorityRef: { name: 'globex' } }
        : { allowedNamespaces: { from: 'Same' } }
    await put(target, 'globex', sample(target, 'closed', spec))
    const admin = await as('admin', 'acme')
    const subject = { kind: 'User', id: 'acme-admin-1' }
    await put('organizationmembers', 'globex', { ...sample('organizationmembers', 'guest'), spec: { subject, role } })
    expect((await admin('GET', `/v1/organizations/globex/${target}/closed`)).status).toBe(200)
    const refusal = async (name: string) => {
      const body = sample(plural, 'x', { [field]: { name, namespace: 'org-globex' } })
      const answer = await admin('POST', `/v1/organizations/acme/${plural}`, { body })
      const { requestId: _, ...problem } = answer.body
      return problem
    }
    const refused = await refusal('closed')
    expect(refused).toMatchObject({ status: 422, errors: [{ pointer: `/spec/${field}` }] })
    expect(refused).toEqual(await refusal('none'))
  })

  it('is refused like an absent one to those who may only read everything', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'closed', { allowedOrganizations: ['globex'] }))
    const auditors = { claim: 'groups', value: 'auditors', role: 'platform-viewer' }
    const settings = { AUTH_POLICY: JSON.stringify({ platformRoles: [auditors] }) }
    const claims = { groups: ['auditors'] }
    const operator = await as('operator', 'acme')
    const owner = await as('owner', 'acme')
    expect((await operator('GET', '/v1/cells/closed', { settings, claims })).status).toBe(200)
    for (const name of ['closed', 'none']) {
      const body = sample('connectors', 'edc', { cellRef: { name } })
      const created = await operator('POST', CONNECTORS, { body, settings, claims })
      expect(created).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/cellRef' }] } })
      const change = { spec: { defaultCellRef: { name } } }
      const granted = await owner('PATCH', '/v1/organizations/acme', { body: change, settings, claims })
      expect(granted).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/defaultCellRef' }] } })
    }
  })

  it('stays valid when its target is withdrawn, until it is changed', async () => {
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
    ['all organizations', undefined, 200],
    ['ours', ['globex', 'acme'], 200],
    ['another', ['globex'], 422],
  ])('to a cell is checked for %s', async (_, allowedOrganizations, status) => {
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
  ])('to a dataspace that is %s is checked for %s', async (visibility, allowedOrganizations, status) => {
    const { as, put } = await world()
    const spec = { visibility, allowedOrganizations, authorityRef: { name: 'authority' } }
    await put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'x', spec))
    const admin = await as('admin', 'acme')
    const body = sample('dataspacememberships', 'm', { dataspaceRef: { name: 'x', namespace: 'org-authority' } })
    const answer = await admin('POST', '/v1/organizations/acme/dataspacememberships?dryRun=All', { body })
    expect(answer.status).toBe(status)
  })

  it('in a list names its item', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'fra'))
    const admin = await as('admin', 'authority')
    const spec = { authorityRef: { name: 'authority' }, cells: [{ name: 'fra' }, { name: 'none' }] }
    const body = sample('dataspaceprofiles', 'x', spec)
    const answer = await admin('POST', '/v1/organizations/authority/dataspaceprofiles', { body })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/cells/1' }] } })
  })

  it('to an organization that is not visible to the caller is refused', async () => {
    const { as } = await world()
    const admin = await as('admin', 'acme')
    const post = (name: string) =>
      admin('POST', '/v1/organizations/acme/dataspaceprofiles?dryRun=All', {
        body: sample('dataspaceprofiles', 'x', { authorityRef: { name } }),
      })
    expect((await post('acme')).status).toBe(200)
    const refused = await post('globex')
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toContainEqual({
      pointer: '/spec/authorityRef',
      detail: 'names an object that does not exist',
    })
  })
})

describe('deleting a referenced object', () => {
  it('is refused with a list of referrers, and works without them', async () => {
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

  it('counts referrers in other organizations without naming them', async () => {
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
    expect(refused.body.detail).toContain('1 object refers to this object (1 not visible to you).')
    for (const answer of [refused, await admin('GET', `${path}/references`), await admin('GET', `${path}/tenants`)]) {
      expect(answer.text).not.toMatch(/secret-name|acme/)
    }
  })

  it('is refused because of another organization only as long as the object is offered to it', async () => {
    const { as, put } = await world()
    const offer = (from: string) => ({ spec: { allowedNamespaces: { from } } })
    await put('digitaltwinregistries', 'globex', sample('digitaltwinregistries', 'dtr', offer('All').spec))
    const registryRef = { name: 'dtr', namespace: 'org-globex' }
    await put('digitaltwinregistrytenants', 'acme', sample('digitaltwinregistrytenants', 't', { registryRef }))
    const admin = await as('admin', 'globex')
    const path = '/v1/organizations/globex/digitaltwinregistries/dtr'
    expect((await admin('DELETE', path)).status).toBe(409)
    expect((await admin('PATCH', path, { body: offer('Same') })).status).toBe(200)
    await put('digitaltwinregistrytenants', 'globex', sample('digitaltwinregistrytenants', 'own', { registryRef }))
    const own = await admin('DELETE', path)
    expect(own).toMatchObject({ status: 409, body: { references: [{ name: 'own' }] } })
    expect(own.body.detail).not.toContain('not visible')
    await admin('DELETE', '/v1/organizations/globex/digitaltwinregistrytenants/own')
    expect((await admin('DELETE', path)).status).toBe(204)
  })

  it.each([
    ['deny', ['acme'], ['deny'], 204],
    ['revoke', ['acme'], ['approve', 'revoke'], 204],
    ['approve', ['acme'], ['approve'], 409],
    ['approve and withdraw the offer', ['globex'], ['approve'], 204],
  ])('of a dataspace depends on the membership and the offer: %s', async (_, recipients, actions, status) => {
    const { as, put } = await world()
    const profile = (allowedOrganizations: readonly string[]) => ({ visibility: 'Organizations', allowedOrganizations })
    const spec = { ...profile(['acme']), authorityRef: { name: 'authority' } }
    await put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'x', spec))
    const memberships = '/v1/organizations/acme/dataspacememberships'
    const body = sample('dataspacememberships', 'm', { dataspaceRef: { name: 'x', namespace: 'org-authority' } })
    expect((await (await as('admin', 'acme'))('POST', memberships, { body })).status).toBe(201)
    const authority = await as('admin', 'authority')
    const path = '/v1/organizations/authority/dataspaceprofiles/x'
    for (const action of actions) {
      expect((await authority('DELETE', path)).status).toBe(409)
      expect((await authority('POST', `${memberships}/m/${action}`)).status).toBe(200)
    }
    expect((await authority('PATCH', path, { body: { spec: profile(recipients) } })).status).toBe(200)
    expect((await authority('DELETE', path)).status).toBe(status)
  })

  it('is refused for an object of the platform whoever uses it', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'fra', { allowedOrganizations: ['globex'] }))
    await put('connectors', 'acme', sample('connectors', 'edc', { cellRef: { name: 'fra' } }))
    const refused = await (await as('admin', 'platform'))('DELETE', '/v1/cells/fra')
    expect(refused).toMatchObject({ status: 409, body: { references: [{ name: 'edc' }] } })
  })

  it("does not count the object's own parts", async () => {
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

  it('finds referrers as the function, and deletes as KUBE_IDENTITY says', async () => {
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

  it('ignores an object of the same name in another namespace', async () => {
    const { as, put } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    await put('connectors', 'globex', sample('connectors', 'edc', { vaultRef: { name: 'kv' } }))
    expect((await (await as('admin', 'acme'))('DELETE', '/v1/organizations/acme/vaults/kv')).status).toBe(204)
  })
})

const crds = await readCrds(join(PROJECT, 'infra', 'crds'))

/** What the cluster is asked about the kinds that refer to an object. */
function questions({ cluster }: World): string[] {
  return cluster.requests
    .map(({ path }) => new URL(path, 'http://kube'))
    .filter(({ searchParams }) => searchParams.has('limit'))
    .map(({ pathname, searchParams }) => {
      const [, namespace = 'all', plural] = /(?:namespaces\/([^/]+)\/)?([^/]+)$/.exec(pathname) ?? []
      const isOlder = searchParams.get('resourceVersionMatch') === 'NotOlderThan'
      return [namespace, plural, searchParams.get('fieldSelector'), isOlder ? 'older' : 'now'].join(' ')
    })
    .filter((question) => !/ (organizations|organizationmembers|namespaces) /.test(question))
    .sort()
}

describe('referrers', () => {
  it.each(crds.map((source) => [source.crd.spec.names.plural, source] as const))('can be selected: %s', (_, source) => {
    const fields = Object.entries(annotationsOf(source).references)
      .filter(([field]) => !field.includes('[]'))
      .flatMap(([field, { plural, namespaced }]) => {
        const crosses = namespaced && KINDS[plural]?.scope === 'organization'
        return [`.spec.${field}.name`, ...(crosses ? [`.spec.${field}.namespace`] : [])]
      })
    const selectable = mainVersion(source).selectableFields?.map(({ jsonPath }) => jsonPath)
    expect(selectable).toEqual(expect.arrayContaining(fields))
  })

  it('within the namespace are looked for in the watch cache, and again if there are any', async () => {
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'kv'))
    await at.put('connectors', 'acme', sample('connectors', 'edc', { vaultRef: { name: 'kv' } }))
    const admin = await at.as('admin', 'acme')
    at.cluster.requests.length = 0
    expect((await admin('DELETE', '/v1/organizations/acme/vaults/kv')).status).toBe(409)
    const older = ['connectors', 'credentialissuers', 'dspdataplanes', 'identityhubs'].map(
      (plural) => `org-acme ${plural} spec.vaultRef.name=kv older`,
    )
    expect(questions(at)).toEqual(['org-acme connectors spec.vaultRef.name=kv now', ...older].sort())
  })

  it.each([true, false])('are all found, and no others, with selectable fields: %s', async (isSelectable) => {
    const at = await world()
    const { as, put, cluster } = at
    const tenant = (name: string, registryRef: object) => sample('digitaltwinregistrytenants', name, { registryRef })
    for (const [organization, name, registryRef] of [
      ['globex', 'implied', { name: 'dtr' }],
      ['globex', 'explicit', { name: 'dtr', namespace: 'org-globex' }],
      ['globex', 'other-namespace', { name: 'dtr', namespace: 'org-acme' }],
      ['globex', 'other-name', { name: 'other' }],
      ['acme', 'foreign', { name: 'dtr', namespace: 'org-globex' }],
      ['acme', 'own', { name: 'dtr' }],
    ] as const) {
      await put('digitaltwinregistrytenants', organization, tenant(name, registryRef))
    }
    await put('digitaltwinregistries', 'globex', sample('digitaltwinregistries', 'dtr'))
    const unsupported = { kind: 'Status', code: 400, message: 'field label not supported: spec.registryRef.name' }
    if (!isSelectable) {
      cluster.intercept = ({ path }) =>
        path.includes('fieldSelector=spec.registryRef') ? { status: 400, body: unsupported } : undefined
    }
    const platform = await as('admin', 'platform')
    cluster.requests.length = 0
    const { body } = await platform('GET', '/v1/organizations/globex/digitaltwinregistries/dtr/references')
    const names = body.referredToBy.map((referrer: { name: string }) => referrer.name)
    expect(names.sort()).toEqual(['explicit', 'foreign', 'implied'])
    const selected = [
      'all digitaltwinregistrytenants spec.registryRef.name=dtr,spec.registryRef.namespace=org-globex,metadata.namespace!=org-globex now',
      'org-globex digitaltwinregistrytenants spec.registryRef.name=dtr now',
    ]
    const readThrough = ['all digitaltwinregistrytenants  now', 'org-globex digitaltwinregistrytenants  now']
    expect(questions(at)).toEqual([...(isSelectable ? [] : readThrough), ...selected].sort())
  })

  it('in lists are found by reading the kind', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'fra'))
    const cells = [{ name: 'ams' }, { name: 'fra', namespace: 'kaphera-system' }]
    await put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'x', { cells }))
    const refused = await (await as('admin', 'platform'))('DELETE', '/v1/cells/fra')
    expect(refused).toMatchObject({ status: 409, body: { references: [{ name: 'x', field: 'spec.cells.1' }] } })
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

describe('the view references of an organization', () => {
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

  it('works while another organization has no namespace', async () => {
    const { as, put } = await world()
    await put('organizations', 'platform', sample('organizations', 'new', { parentRef: { name: 'acme' } }))
    const { status, body } = await (await as('platform-admin', 'platform'))('GET', '/v1/organizations/acme/references')
    expect([status, body.referredToBy]).toMatchObject([200, [{ plural: 'organizations', name: 'new' }]])
  })
})

describe('objects that others offer', () => {
  const profile = (name: string, visibility: string, more = {}) =>
    sample('dataspaceprofiles', name, { visibility, authorityRef: { name: 'authority' }, ...more })

  it('can be listed across organizations and read, and no other objects can', async () => {
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

  it('do not show who else may use them, or who wrote them', async () => {
    const { as, put } = await world()
    const annotations = { 'cloud.kaphera.com/created-by': 'eve', 'tool.example/state': 'by-eve' }
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
    expect((await viewer('GET', '/v1/cells/fra')).body.spec).toMatchObject({ allowedOrganizations: ['acme'] })
    const authority = await as('viewer', 'authority')
    const own = await authority('GET', '/v1/organizations/authority/dataspaceprofiles/ours')
    expect(own.body.spec.allowedOrganizations).toEqual(['globex', 'acme'])
  })

  it('do not show what only their owner needs', async () => {
    const { as, put } = await world()
    const external = {
      host: 'canary-host.example',
      database: 'canary-database',
      credentialsSecretRef: { name: 'canary-credentials' },
    }
    const selector = { matchExpressions: [{ key: 'side', operator: 'In', values: ['acme', 'canary-organization'] }] }
    const more = { database: { mode: 'External', external }, allowedNamespaces: { from: 'Selector', selector } }
    const exposure = (name: string) => ({ tls: { enabled: true, secretName: `canary-${name}` } })
    const annotations = { 'tool.example/state': 'canary-annotation' }
    const labels = { tier: 'gold' }
    await put(
      'identityhubs',
      'globex',
      sample(
        'identityhubs',
        'offered',
        {
          ...more,
          mode: 'Shared',
          image: { pullSecretRefs: [{ name: 'canary-pull' }] },
          exposure: Object.fromEntries(['identity', 'credentials', 'did', 'sts'].map((end) => [end, exposure(end)])),
        },
        { annotations, labels },
      ),
    )
    await put(
      'digitaltwinregistries',
      'globex',
      sample('digitaltwinregistries', 'offered', { ...more, exposure: exposure('tls') }, { annotations, labels }),
    )
    await put('dspdataplanes', 'platform', sample('dspdataplanes', 'offered', more, { annotations, labels }))
    const viewer = await as('viewer', 'acme')
    const owner = await as('viewer', 'globex')
    // What is not shown decides whether the object is shown after a wait, too.
    const waited = await viewer('GET', '/v1/dspdataplanes/offered', { headers: { Prefer: 'wait=1' } })
    expect(waited.status, waited.text).toBe(202)
    expect(waited.text).not.toContain('canary')
    for (const [list, path] of [
      ['/v1/identityhubs', '/v1/organizations/globex/identityhubs/offered'],
      ['/v1/digitaltwinregistries', '/v1/organizations/globex/digitaltwinregistries/offered'],
      ['/v1/dspdataplanes', '/v1/dspdataplanes/offered'],
      ['/v1/dspdataplanes?view=summary', '/v1/dspdataplanes/offered'],
    ] as const) {
      for (const answer of [await viewer('GET', list), await viewer('GET', path)]) {
        expect(answer.status, `${path} ${answer.text}`).toBe(200)
        expect(answer.text).toContain('offered')
        expect(answer.text).not.toContain('canary')
      }
      expect((await viewer('GET', `${list.split('?')[0]}?labelSelector=tier=gold`)).body.items).toHaveLength(1)
      if (path.includes('globex')) expect((await owner('GET', path)).text.match(/canary-/g)?.length).toBeGreaterThan(4)
    }
  })

  it('are, for cells, those available to an organization of the caller', async () => {
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

  it('are, for shared pools, those available to a namespace of the caller', async () => {
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
  it('gives the same answer to every method', async () => {
    const { as, cluster } = await world()
    const operator = await as('operator', 'acme')
    // kube-apiserver gives this answer for a path without a CRD.
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

describe('a caller with a grant for some participants', () => {
  it('gets the same answer about referrers of a hidden object as for an absent one', async () => {
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

  it('can refer to its own objects, and to those of others as little as to absent ones', async () => {
    const { opens, put, as } = await world()
    for (const name of ['one', 'two']) {
      await put('connectors', 'acme', sample('connectors', `edc-${name}`, { participantRef: { name } }))
    }
    const limited = await opens('operator', 'acme', { participants: ['one'] })
    const create = async (name: string, connector: string): Promise<Response> => {
      const spec = { participantRef: { name: 'one' }, connectorRef: { name: connector } }
      const body = sample('digitaltwinregistrytenants', name, spec)
      return limited('POST', '/v1/organizations/acme/digitaltwinregistrytenants', { body })
    }
    const refusal = async (connector: string): Promise<unknown> => {
      const { requestId: _, ...problem } = await (await create('t', connector)).json()
      return problem
    }
    expect(await refusal('edc-two')).toMatchObject({
      status: 422,
      errors: [{ pointer: '/spec/connectorRef', detail: 'names an object that does not exist' }],
    })
    expect(await refusal('edc-two')).toEqual(await refusal('edc-none'))
    expect((await create('t', 'edc-one')).status).toBe(201)
    const admin = await as('admin', 'acme')
    expect((await admin('DELETE', `${CONNECTORS}/edc-two`)).status).toBe(204)
  })

  it('can apply manifests that refer to each other, and refer to a participant that comes later', async () => {
    const { opens } = await world()
    const limited = await opens('operator', 'acme', { participants: ['one'] })
    const participantRef = { name: 'one' }
    const body = [
      sample('digitaltwinregistrytenants', 't', { participantRef, connectorRef: { name: 'edc' } }),
      sample('connectors', 'edc', { participantRef }),
    ]
    const answer = await limited('POST', '/v1/organizations/acme/apply', { body })
    expect(await answer.json()).toMatchObject({ summary: { created: 2, failed: 0 } })
  })
})

describe('a dataspace', () => {
  it('is published by its authority only, whatever other roles the caller has there', async () => {
    const { as, put } = await world()
    const body = sample('dataspaceprofiles', 'x', { authorityRef: { name: 'authority' } })
    const caller = await as('admin', 'acme')
    const spec = { subject: { kind: 'User', id: 'acme-admin-1' }, role: 'viewer' }
    await put('organizationmembers', 'authority', { ...sample('organizationmembers', 'both'), spec })
    const errors = [{ pointer: '/spec/authorityRef/name', detail: 'must be acme, the organization of the profile' }]
    const refused = await caller('POST', '/v1/organizations/acme/dataspaceprofiles', { body })
    expect(refused).toMatchObject({ status: 422, body: { errors } })
    const authority = await as('admin', 'authority')
    expect((await authority('POST', '/v1/organizations/authority/dataspaceprofiles', { body })).status).toBe(201)
  })
})
