import { expect, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'

/**
 * Builds a dataspace through the API alone and takes it down again, in an order that the API enforces. The stand-in operators
 * do the operators' work, with embedded and real parts alike.
 */
const id = uniqueName('ds').replaceAll('-', '').slice(0, 20)
const [authority, company] = [`${id}a`, `${id}c`]
const platform = as('platform-admin')
const head = as('catena-authority')
const owner = as('acme-owner')
const org = (name: string, path = ''): string => `/v1/organizations/${name}${path}`

async function create(call: typeof owner, path: string, name: string, spec: Json, wait = true): Promise<Json> {
  const { status, body } = await call('POST', path, {
    body: { metadata: { name }, spec },
    ...(wait && { headers: { Prefer: 'wait=25' } }),
  })
  expect(status, `${path} ${name}: ${JSON.stringify(body)}`).toBe(201)
  return body
}

async function remove(call: typeof owner, path: string): Promise<number> {
  const { status } = await call('DELETE', path, { headers: { Prefer: 'wait=25' } })
  return status
}

test('creates a dataspace, from its first organization to its last', { timeout: 240_000 }, async () => {
  // Organizations and their owners.
  for (const [name, member] of [
    [authority, 'catena-authority'],
    [company, 'acme-owner'],
  ] as const) {
    const created = await create(platform, '/v1/organizations', name, { displayName: name, deletionProtection: false })
    expect(created.ready).toBe(true)
    await create(platform, org(name, '/organizationmembers'), 'owner', {
      subject: { kind: 'User', email: `${member}@example.com` },
      role: 'owner',
    })
  }

  // The authority with its credential issuer and the dataspace profile.
  await create(head, org(authority, '/vaults'), 'vault', { mode: 'Managed', managed: { version: '1.20.4' } })
  await create(head, org(authority, '/credentialissuers'), 'issuer', {
    did: `did:web:issuer.${id}.example`,
    hostname: `issuer.${id}.example`,
    version: '0.14.0',
    vaultRef: { name: 'vault' },
    database: { mode: 'Managed' },
  })
  await create(head, org(authority, '/dataspaceprofiles'), 'space', {
    dataspaceId: `https://${id}.example`,
    authorityRef: { name: authority },
    protocol: { version: '2025-1' },
    trustedIssuers: [{ id: `did:web:issuer.${id}.example` }],
    onboarding: { mode: 'Approval' },
    visibility: 'Public',
    lifecycle: 'Published',
  })
  await create(head, org(authority, '/digitaltwinregistries'), 'registry', {
    hostname: `registry.${id}.example`,
    auth: { issuerUrl: `https://sso.${id}.example`, audience: 'registry' },
    database: { mode: 'Managed' },
    allowedNamespaces: { from: 'All' },
  })
  const namespace = (await head('GET', org(authority))).body.status.namespace

  // The company with identity, connector, data plane and tenant.
  await create(owner, org(company, '/vaults'), 'vault', { mode: 'Managed', managed: { version: '1.20.4' } })
  await create(owner, org(company, '/identityhubs'), 'hub', {
    version: '0.14.0',
    hostname: `identity.${id}.example`,
    vaultRef: { name: 'vault' },
    database: { mode: 'Managed' },
  })
  await create(owner, org(company, '/participants'), 'company', {
    did: `did:web:${id}.example`,
    identityHubRef: { name: 'hub' },
  })
  const connector = await create(owner, org(company, '/connectors'), 'edc', {
    version: '0.12.0',
    participantRef: { name: 'company' },
    identityHubRef: { name: 'hub' },
    vaultRef: { name: 'vault' },
    database: { mode: 'Managed' },
  })
  expect(connector.ready).toBe(true)
  expect(connector.status.endpoints.map(({ name }: Json) => name)).toContain('protocol')
  await create(owner, org(company, '/dataplanes'), 'bulk', { connectorRef: { name: 'edc' } })
  await create(owner, org(company, '/digitaltwinregistrytenants'), 'twins', {
    registryRef: { name: 'registry', namespace },
    participantRef: { name: 'company' },
  })

  // The membership only waits for the authority.
  const membership = org(company, '/dataspacememberships')
  await create(
    owner,
    membership,
    'member',
    { participantRef: { name: 'company' }, dataspaceRef: { name: 'space', namespace } },
    false,
  )
  const self = await owner('POST', `${membership}/member/approve`, { body: { reason: 'we are nice' } })
  expect([403, 404], JSON.stringify(self.body)).toContain(self.status)
  const approved = await head('POST', `${membership}/member/approve`, { body: { reason: 'documents are complete' } })
  expect(approved.status, JSON.stringify(approved.body)).toBe(200)
  expect(approved.body.spec.approval).toMatchObject({ decision: 'Approved', decidedBy: expect.any(String) })
  const active = await owner('GET', `${membership}/member`, { headers: { Prefer: 'wait=25' } })
  expect(active.body.status.phase).toBe('Active')
  expect(active.body.ready).toBe(true)

  // A referenced object cannot be deleted before its referrers.
  for (const path of ['/vaults/vault', '/identityhubs/hub', '/participants/company']) {
    const refused = await owner('DELETE', org(company, path))
    expect(refused.status, path).toBe(409)
    expect(refused.body.code).toBe('in_use')
  }
  for (const path of [
    '/dataspacememberships/member',
    '/digitaltwinregistrytenants/twins',
    '/dataplanes/bulk',
    '/connectors/edc',
    '/participants/company',
    '/identityhubs/hub',
    '/vaults/vault',
  ]) {
    expect([200, 204], path).toContain(await remove(owner, org(company, path)))
  }
  for (const path of [
    '/digitaltwinregistries/registry',
    '/dataspaceprofiles/space',
    '/credentialissuers/issuer',
    '/vaults/vault',
  ]) {
    expect([200, 204], path).toContain(await remove(head, org(authority, path)))
  }
  for (const name of [company, authority]) {
    expect([200, 202, 204], name).toContain(await remove(platform, org(name)))
  }
})
