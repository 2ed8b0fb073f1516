import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { type Answer, as, type Caller, type Json, serverUrl, someAtOnce } from './client.ts'

const anyone = as()

async function faultsOf(document: Json): Promise<Json> {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const validate = ajv.compile((await anyone('GET', '/capabilities/schema')).body)
  return validate(document) ? [] : validate.errors
}

/** Checks status, headers and body of an answer against the operation's documentation. */
async function validatorOf(document: Json): Promise<(operation: Json, answer: Answer) => string[]> {
  // Without inlining, schemas that many answers share are compiled once.
  const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, inlineRefs: false })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'doc', ...document })
  const follow = (value: Json): Json =>
    value?.$ref === undefined
      ? value
      : value.$ref
          .slice(2)
          .split('/')
          .reduce((at: Json, key: string) => at[key], document)
  const known = new Set(Object.keys(document.components.headers).map((name) => name.toLowerCase()))
  return (operation, { status, headers, body }) => {
    const documented = follow(operation.responses[status])
    if (documented === undefined) return ['is not documented']
    const listed = Object.keys(documented.headers ?? {}).map((name) => name.toLowerCase())
    const surplus = [...headers.keys()].filter((name) => known.has(name) && !listed.includes(name))
    const type = headers.get('Content-Type')?.split(';')[0] ?? ''
    const content = documented.content?.[type]
    if (content === undefined) return [...surplus, `has the media type ${type}`]
    // References in it are relative to the document.
    const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"doc#/'))
    const validate = ajv.compile(schema)
    if (validate(body)) return surplus
    return [...surplus, ...(validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)]
  }
}

/** Fills in a template with existing objects of acme; `undefined` if there is none. */
async function concrete(call: Caller, template: string): Promise<string | undefined> {
  const collection = /^(.*)\/\{name\}/.exec(template)?.[1]?.replace('{organization}', 'acme')
  if (collection === undefined) return template.replace('{organization}', 'acme')
  const { body } = await call('GET', collection)
  const name = collection.endsWith('/organizations') ? 'acme' : body.items?.[0]?.metadata.name
  return name && template.replace('{organization}', 'acme').replace('{name}', name)
}

describe('/capabilities', () => {
  it('describes the server to anyone, by the schema that it names', async () => {
    const { status, headers, body } = await anyone('GET', '/capabilities')
    expect(status).toBe(200)
    expect(headers.get('Cache-Control')).toContain('public')
    expect(await faultsOf(body)).toEqual([])
    expect(body.server).toMatchObject({ name: 'kaphera-cloud-server', edition: 'self-hosted' })
    expect(body.server.version).toMatch(/^[1-9]\d*\.|^0\.[1-9]/)
    expect(body.$schema).toMatch(/\/capabilities\/schema$/)
    expect(body).not.toHaveProperty('permissions')
  })

  it('reports the features of the managed server', async () => {
    const { body } = await anyone('GET', '/capabilities')
    expect(body.features).toMatchObject({
      auditSearch: false,
      billing: false,
      crossOrganizationDiscovery: false,
      directory: false,
      joinOrchestration: false,
      dryRun: true,
      watch: true,
      bulkWatch: true,
      overview: true,
    })
  })

  it('lists every kind with its path and operations', async () => {
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

  it('has what a command line needs to sign in, as the issuer confirms', async () => {
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

  it('lists permissions for the bearer of a token, and is not cached', async () => {
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

  it('refuses an unknown query parameter', async () => {
    expect((await anyone('GET', '/capabilities?verbose')).body.code).toBe('invalid_request')
  })
})

describe('/v1/me', () => {
  it('shows the caller and its roles', async () => {
    const { status, body } = await as('acme-owner')('GET', '/v1/me')
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind: 'user', username: 'acme-owner', platformRole: null })
    // Organizations of other tests can be there for some seconds after their end.
    const ofSeed = body.organizations.filter(({ name }: { name: string }) => ['acme', 'globex'].includes(name))
    expect(ofSeed).toEqual([{ name: 'acme', displayName: expect.any(String), role: 'owner', suspended: false }])
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(0)
    expect(JSON.stringify(body)).not.toContain('eyJ')
  })

  it('requires a token', async () => {
    expect((await anyone('GET', '/v1/me')).status).toBe(401)
  })
})

describe('the permissions of a caller in an organization', () => {
  it('match what the server allows', async () => {
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

  it('appear as methods in Allow of each object', async () => {
    for (const [name, methods] of [
      ['acme-viewer', 'GET, HEAD, OPTIONS'],
      ['acme-owner', 'GET, HEAD, OPTIONS, PUT, PATCH, DELETE'],
    ] as const) {
      const list = await as(name)('GET', '/v1/organizations/acme/vaults?limit=1')
      const path = `/v1/organizations/acme/vaults/${list.body.items[0].metadata.name}`
      expect((await as(name)('GET', path)).headers.get('Allow'), name).toBe(methods)
    }
  })

  it('look the same for a foreign and an absent organization', async () => {
    const [foreign, absent] = [
      await as('acme-owner')('GET', '/v1/organizations/globex/permissions'),
      await as('acme-owner')('GET', '/v1/organizations/nowhere/permissions'),
    ]
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found'])
    expect(absent.status).toBe(404)
  })
})

describe('the OpenAPI document', () => {
  it('is served as a whole and by function, with the issuer of this server', async () => {
    const { status, headers, body } = await anyone('GET', '/openapi.json')
    expect(status).toBe(200)
    const { signIn } = (await anyone('GET', '/capabilities')).body
    expect(body.components.securitySchemes.bearer['x-openIdConnectUrl']).toBe(
      `${signIn.issuer}/.well-known/openid-configuration`,
    )
    const again = await anyone('GET', '/openapi.json', { headers: { 'If-None-Match': headers.get('ETag') ?? '' } })
    expect(again.status).toBe(304)
    const part = await anyone('GET', '/openapi/vaults.json')
    expect(Object.keys(part.body.paths)).toContain('/v1/organizations/{organization}/vaults')
    expect((await anyone('GET', '/openapi/nothing.json')).body.code).toBe('not_found')
  })

  // Where functions scale to zero, nearly all of them start.
  it('describes the answer to every read', { timeout: 120_000 }, async () => {
    const { body: document } = await anyone('GET', '/openapi.json')
    const validator = await validatorOf(document)
    const call = as('platform-admin')
    // Streams and pages have their own tests; there are no pods with logs.
    const isRead = ([template, item]: [string, Json]): boolean =>
      item.get !== undefined && template.startsWith('/v1/') && !/\/(logs|watch)$/.test(template)
    const results = await someAtOnce(Object.entries<Json>(document.paths).filter(isRead), async ([template, item]) => {
      const path = await concrete(call, template)
      if (path === undefined) return undefined
      const answer = await call('GET', path)
      return validator(item.get, answer).map((fault) => `${template} ${answer.status} ${fault}`)
    })
    const asked = results.filter((result) => result !== undefined)
    expect(asked.flat()).toEqual([])
    expect(asked.length).toBeGreaterThan(60)
  })

  it.each([
    ['GET', '/v1/organizations/{organization}/connectors', '/v1/organizations/acme/connectors?view=summary', 200],
    ['GET', '/v1/organizations/{organization}/connectors', '/v1/organizations/acme/connectors?limit=1', 200],
    ['GET', '/v1/organizations/{organization}/connectors', '/v1/organizations/acme/connectors?limit=0', 400],
    ['GET', '/v1/organizations/{organization}/connectors/{name}', '/v1/organizations/acme/connectors/absent', 404],
    ['POST', '/v1/organizations/{organization}/vaults', '/v1/organizations/acme/vaults', 422],
    ['POST', '/v1/organizations/{organization}/vaults', '/v1/organizations/acme/vaults?dryRun=1', 400],
    ['PUT', '/v1/organizations/{organization}/vaults/{name}', '/v1/organizations/acme/vaults/vault', 428],
    ['POST', '/v1/organizations/{organization}/apply', '/v1/organizations/acme/apply', 422],
  ] as const)('is true for %s %s as %s: %i', async (method, template, path, status) => {
    const { body: document } = await anyone('GET', '/openapi.json')
    const answer = await as('acme-owner')(method, path, method === 'GET' ? {} : { body: {} })
    expect(answer.status).toBe(status)
    expect((await validatorOf(document))(document.paths[template][method.toLowerCase()], answer)).toEqual([])
  })

  it('is shown by a page that can run only its own files', async () => {
    const page = await fetch(`${serverUrl()}/docs`)
    const policy = page.headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    const files = [...(await page.text()).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, file]) => file)
    expect(files).toHaveLength(2)
    for (const file of files) expect((await fetch(serverUrl() + file)).status).toBe(200)
  })
})
