import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { as, type Json, serverUrl } from './client.ts'

const anyone = as()

async function faultsOf(document: Json): Promise<Json> {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const validate = ajv.compile((await anyone('GET', '/capabilities/schema')).body)
  return validate(document) ? [] : validate.errors
}

describe('/capabilities', () => {
  it('tells anyone which server it is, by the schema that it names', async () => {
    const { status, headers, body } = await anyone('GET', '/capabilities')
    expect(status).toBe(200)
    expect(headers.get('Cache-Control')).toContain('public')
    expect(await faultsOf(body)).toEqual([])
    expect(body.server).toMatchObject({ name: 'kaphera-cloud-server', edition: 'self-hosted' })
    expect(body.server.version).toMatch(/^[1-9]\d*\.|^0\.[1-9]/)
    expect(body.$schema).toMatch(/\/capabilities\/schema$/)
    expect(body).not.toHaveProperty('permissions')
  })

  it('says what belongs to the managed server', async () => {
    const { body } = await anyone('GET', '/capabilities')
    expect(body.features).toMatchObject({
      auditSearch: false,
      billing: false,
      crossOrganizationDiscovery: false,
      directory: false,
      joinOrchestration: false,
      dryRun: true,
      watch: true,
    })
  })

  it('lists every kind with its path and what can be done', async () => {
    const { body } = await anyone('GET', '/capabilities')
    expect(body.resources).toContainEqual(
      expect.objectContaining({
        path: '/v1/organizations/{organization}/connectors',
        kind: 'Connector',
        plural: 'connectors',
        verbs: expect.arrayContaining(['list', 'get', 'create', 'watch']),
        served: true,
      }),
    )
    expect(new Set(body.resources.map(({ plural }: Json) => plural)).size).toBe(body.resources.length)
  })

  it('has what a command line needs to sign in, and the issuer confirms it', async () => {
    const { signIn } = (await anyone('GET', '/capabilities')).body
    const { body } = await anyone('GET', new URL(signIn.resourceMetadata).pathname)
    expect(body.authorization_servers).toContain(signIn.issuer)
    const discovery: Json = await (await fetch(`${signIn.issuer}/.well-known/openid-configuration`)).json()
    expect(signIn).toMatchObject({
      deviceFlow: true,
      clients: { cli: expect.any(String) },
      audience: expect.any(String),
    })
    expect(discovery).toHaveProperty('device_authorization_endpoint')
  })

  it('tells the bearer of a token what it may do, and no cache', async () => {
    const { status, headers, body } = await as('acme-viewer')('GET', '/capabilities')
    expect(status).toBe(200)
    expect(headers.get('Cache-Control')).toBe('private, no-store')
    expect(headers.get('Vary')).toContain('Authorization')
    expect(await faultsOf(body)).toEqual([])
    expect(body.permissions.complete).toBe(true)
    expect(body.permissions.organizations.map(({ organization }: Json) => organization)).toEqual(['acme'])
    const { connectors } = body.permissions.organizations[0].permissions
    expect(connectors).toContain('list')
    expect(connectors).not.toContain('delete')
  })

  it('refuses a bad token instead of ignoring it', async () => {
    const { status, headers, body } = await anyone('GET', '/capabilities', { headers: { Authorization: 'Bearer bad' } })
    expect([status, body.code]).toEqual([401, 'invalid_token'])
    expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer .*resource_metadata=/)
  })

  it('refuses a query parameter that it does not know', async () => {
    expect((await anyone('GET', '/capabilities?verbose')).body.code).toBe('invalid_request')
  })
})

describe('/v1/me', () => {
  it('says who the caller is and where it has a role', async () => {
    const { status, body } = await as('acme-owner')('GET', '/v1/me')
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind: 'user', username: 'acme-owner', platformRole: null })
    expect(body.organizations).toEqual([
      { name: 'acme', displayName: expect.any(String), role: 'owner', suspended: false },
    ])
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(0)
    expect(JSON.stringify(body)).not.toContain('eyJ')
  })

  it('needs a token', async () => {
    expect((await anyone('GET', '/v1/me')).status).toBe(401)
  })
})

describe('the permissions of a caller in an organisation', () => {
  it('are what the server then allows', async () => {
    for (const [name, may] of [
      ['acme-viewer', false],
      ['acme-owner', true],
    ] as const) {
      const { body } = await as(name)('GET', '/v1/organizations/acme/permissions')
      expect(body.permissions.vaults.includes('create'), name).toBe(may)
      const { status } = await as(name)('POST', '/v1/organizations/acme/vaults?dryRun=All', { body: {} })
      expect(status === 403, name).toBe(!may)
    }
  })

  it('of another organisation are as if it did not exist', async () => {
    const [foreign, absent] = [
      await as('acme-owner')('GET', '/v1/organizations/globex/permissions'),
      await as('acme-owner')('GET', '/v1/organizations/nowhere/permissions'),
    ]
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found'])
    expect(absent.status).toBe(404)
  })
})

describe('the document', () => {
  it('is handed out whole and by function, with the issuer of this server', async () => {
    const { status, headers, body } = await anyone('GET', '/openapi.json')
    expect(status).toBe(200)
    const { signIn } = (await anyone('GET', '/capabilities')).body
    expect(body.components.securitySchemes.signIn.openIdConnectUrl).toBe(
      `${signIn.issuer}/.well-known/openid-configuration`,
    )
    const again = await anyone('GET', '/openapi.json', { headers: { 'If-None-Match': headers.get('ETag') ?? '' } })
    expect(again.status).toBe(304)
    const part = await anyone('GET', '/openapi/vaults.json')
    expect(Object.keys(part.body.paths)).toContain('/v1/organizations/{organization}/vaults')
    expect((await anyone('GET', '/openapi/nothing.json')).body.code).toBe('not_found')
  })

  it('describes the answers that are given', async () => {
    const { body: document } = await anyone('GET', '/openapi.json')
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema({ $id: 'doc', components: document.components })
    const call = as('acme-owner')
    const collection = '/v1/organizations/acme/connectors'
    for (const [path, name] of [
      [collection, 'ConnectorList'],
      [`${collection}?view=summary`, 'SummaryList'],
      [`${collection}?limit=0`, 'Problem'],
      [`${collection}/absent`, 'Problem'],
      ['/v1/organizations/acme/vaults', 'VaultList'],
      ['/v1/organizations/acme/participants', 'ParticipantList'],
    ] as const) {
      const { body } = await call('GET', path)
      const validate = ajv.compile({ $ref: `doc#/components/schemas/${name}` })
      expect(validate(body) ? [] : validate.errors, path).toEqual([])
    }
    for (const [path, operation] of [
      ['/v1/me', '/v1/me'],
      ['/v1/organizations/acme/permissions', '/v1/organizations/{organization}/permissions'],
    ] as const) {
      const { schema } = document.paths[operation].get.responses[200].content['application/json']
      const validate = ajv.compile(schema)
      expect(validate((await call('GET', path)).body) ? [] : validate.errors, path).toEqual([])
    }
  })

  it('is shown by a page that may run nothing but its own files', async () => {
    const page = await fetch(`${serverUrl()}/docs`)
    const policy = page.headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    const files = [...(await page.text()).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, file]) => file)
    expect(files).toHaveLength(2)
    for (const file of files) expect((await fetch(serverUrl() + file)).status).toBe(200)
  })
})
