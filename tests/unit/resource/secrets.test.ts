import { describe, expect, it } from 'vitest'
import { inlineSecretErrors } from '../../../shared/resource/write/inline-secrets.ts'
import { Canaries } from '../fixtures/canaries.ts'
import { FUNCTIONS, sample, world } from '../fixtures/world.ts'

const REMOTE = (name: string) => ({ kind: 'RemoteCluster', kubeconfigSecretRef: { name, key: 'kubeconfig' } })

describe('a field that is never shown', () => {
  it('survives GET, edit and PUT, and can be removed by name', async () => {
    const { as, put, stored } = await world()
    await put('cells', 'platform', sample('cells', 'far', REMOTE('kubeconfig')))
    const platform = await as('admin', 'platform')
    const read = await platform('GET', '/v1/cells/far')
    expect(read.text).not.toContain('kubeconfig')
    const edited = { ...read.body, spec: { ...read.body.spec, displayName: 'Far away' } }
    const headers = { 'If-Match': read.headers.get('ETag') ?? '' }
    const written = await platform('PUT', '/v1/cells/far', { body: edited, headers })
    expect(written).toMatchObject({ status: 200, body: { spec: { displayName: 'Far away' } } })
    expect(written.text).not.toContain('kubeconfig')
    expect((await stored('cells', 'platform', 'far')).spec.kubeconfigSecretRef).toEqual(
      REMOTE('kubeconfig').kubeconfigSecretRef,
    )

    const other = { ...edited, spec: { ...edited.spec, ...REMOTE('another') } }
    const replaced = await platform('PUT', '/v1/cells/far', { body: other, headers: { 'If-Match': '*' } })
    expect(replaced.status).toBe(200)
    expect((await stored('cells', 'platform', 'far')).spec.kubeconfigSecretRef.name).toBe('another')
    // The kind requires a value, so the cluster refuses its removal.
    const removed = await platform('PATCH', '/v1/cells/far', { body: { spec: { kubeconfigSecretRef: null } } })
    expect(removed).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/kubeconfigSecretRef' }] } })
  })

  it('cannot be used to sort', async () => {
    const { as, put } = await world()
    await put('cells', 'platform', sample('cells', 'a', REMOTE('zzz')))
    await put('cells', 'platform', sample('cells', 'b', REMOTE('aaa')))
    const viewer = await as('viewer', 'acme')
    for (const sort of [
      'spec.kubeconfigSecretRef.name',
      '-spec.kubeconfigSecretRef.name',
      '-spec.kubeconfigSecretRef',
    ]) {
      const { body } = await viewer('GET', `/v1/cells?sort=${sort}`)
      expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['a', 'b'])
    }
  })
})

describe('an annotation that is never shown', () => {
  it.each(['metadata.annotations', '-metadata.annotations'])('cannot be used to sort by %s', async (sort) => {
    const { as, put } = await world()
    for (const [name, applied] of [
      ['a', 'zzz'],
      ['b', 'aaa'],
      ['c', 'mmm'],
    ] as const) {
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied }
      await put('vaults', 'acme', sample('vaults', name, {}, { annotations }))
    }
    const viewer = await as('viewer', 'acme')
    const { body } = await viewer('GET', `/v1/organizations/acme/vaults?sort=${sort}`)
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['a', 'b', 'c'])
  })
})

describe('a value that looks like a secret', () => {
  it.each([
    [
      'a password in an annotation',
      { metadata: { annotations: { 'example.com/db-password': 'x' } } },
      '/metadata/annotations/example.com~1db-password',
    ],
    ['a token in a map', { spec: { config: { 'edc.foo.token': 'x' } } }, '/spec/config/edc.foo.token'],
    ['an API key in a map', { spec: { config: { 'edc.foo.api.key': 'x' } } }, '/spec/config/edc.foo.api.key'],
    [
      'a secret in a list of maps',
      { spec: { attestationSources: [{ id: 'a', configuration: { clientSecret: 'x' } }] } },
      '/spec/attestationSources/0/configuration/clientSecret',
    ],
    [
      'a private key under any name',
      { spec: { config: { 'edc.pem': '-----BEGIN EC PRIVATE KEY-----\nMIG' } } },
      '/spec/config/edc.pem',
    ],
    [
      'a signed token under any name',
      { metadata: { annotations: { note: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl' } } },
      '/metadata/annotations/note',
    ],
    ['a Vault token', { spec: { config: { 'edc.x': 'hvs.CAESIJ0123456789abcdefgh' } } }, '/spec/config/edc.x'],
    [
      'an address with a password',
      { spec: { config: { 'edc.url': 'postgres://edc:pw@db/edc' } } },
      '/spec/config/edc.url',
    ],
  ])('is refused: %s', (_, object, pointer) => {
    const errors = inlineSecretErrors(object)
    expect(errors).toMatchObject([{ pointer }])
    // The refused value is not repeated.
    expect(JSON.stringify(errors)).not.toMatch(/MIG|c2lnbmF0dXJl|CAES|pw@/)
  })

  it.each([
    ['a reference to a Secret', { spec: { auth: { clientSecret: { secretRef: { name: 'a', key: 'password' } } } } }],
    ['where a token is fetched', { spec: { dcp: { sts: { tokenUrl: 'https://sts.example/token' } } } }],
    ['names of keys in a vault', { spec: { token: { signerKeyAlias: 'edc-signer' }, keys: [{ id: 'key-1' }] } }],
    ['names of keys in a Secret', { spec: { credentialsSecretRef: { name: 'db', passwordKey: 'password' } } }],
    ['a DID', { spec: { did: 'did:web:acme.example:users:ada' } }],
    ['nothing under a name', { spec: { config: { 'edc.password': '' } } }],
  ])('is not refused: %s', (_, object) => {
    expect(inlineSecretErrors(object)).toEqual([])
  })

  it('is searched for in linear time', () => {
    expect(inlineSecretErrors({ metadata: { annotations: { note: '-eyJ'.repeat(60_000) } } })).toEqual([])
  })

  it('may stay if it is already stored, but not change', () => {
    const stored = { apiVersion: 'v1', kind: 'X', metadata: { annotations: { 'x-token': 'old' } } }
    expect(inlineSecretErrors({ metadata: { annotations: { 'x-token': 'old' } } }, stored)).toEqual([])
    expect(inlineSecretErrors({ metadata: { annotations: { 'x-token': 'new' } } }, stored)).toHaveLength(1)
  })

  it('is not found in the samples of any kind', () => {
    for (const plural of Object.keys(FUNCTIONS)) expect(inlineSecretErrors(sample(plural, 'x')), plural).toEqual([])
  })
})

describe('a secret in the wrong place', () => {
  it('never appears in answers, errors or the log', async () => {
    const canaries = new Canaries()
    const { as, put, cluster, kube } = await world()
    const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': canaries.plant('what kubectl keeps') }
    await put(
      'cells',
      'platform',
      sample('cells', 'far', REMOTE(canaries.plant('a reference that is hidden')), { annotations: lastApplied }),
    )
    await put('connectors', 'acme', sample('connectors', 'edc', {}, { annotations: lastApplied }))
    await kube('PATCH', '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/edc', {
      body: { metadata: { labels: { seen: 'yes' } } },
      headers: { 'Content-Type': 'application/merge-patch+json' },
    })
    const platform = await as('admin', 'platform')
    const see = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const answer = await platform(method, path, { body, headers })
      canaries.saw(`${method} ${path}`, answer)
      return answer
    }

    const CELL = '/v1/cells/far'
    const CONNECTOR = '/v1/organizations/acme/connectors/edc'
    for (const [name, base] of [
      ['cells', CELL],
      ['connectors', CONNECTOR],
    ] as const) {
      for (const view of FUNCTIONS[name]?.definition.resource?.views ?? []) await see('GET', `${base}/${view}`)
      for (const accept of ['application/json', 'application/yaml'])
        await see('GET', base, undefined, { Accept: accept })
    }
    for (const query of ['', '?view=summary', '?q=far', '?sort=spec.kubeconfigSecretRef.name'])
      await see('GET', `/v1/cells${query}`)
    await see('GET', '/v1/connectors')
    expect((await see('PATCH', CELL, { spec: { displayName: 'x' } })).status).toBe(200)
    expect((await see('PATCH', `${CELL}?dryRun=All&diff=true`, { spec: { region: 'eu' } })).status).toBe(200)

    // Places where clients put secrets by mistake.
    const wrong = (where: string): string => canaries.plant(where)
    for (const body of [
      { spec: { config: { 'edc.datasource.password': wrong('config') } } },
      { spec: { password: wrong('an unknown field') } },
      { spec: { logLevel: wrong('a field of the wrong type') } },
      { spec: { vaultRef: { name: `x ${wrong('a name that is none')}` } } },
      { metadata: { annotations: { token: wrong('an annotation') } } },
      { metadata: { labels: { secret: wrong('a label') } } },
      { spec: { controlPlane: { logLevel: wrong('an enumeration') } } },
    ]) {
      expect((await see('PATCH', CONNECTOR, body)).status, JSON.stringify(body)).toBe(422)
    }
    await see('PATCH', CONNECTOR, { spec: {} }, { 'Content-Type': wrong('a header') })

    // The API server's error texts are not for clients.
    for (const status of [400, 401, 403, 409, 410, 422, 429, 500, 503]) {
      const secret = canaries.plant(`an error ${status} of the cluster`)
      cluster.intercept = ({ path }) =>
        path.includes('/connectors')
          ? {
              status,
              body: {
                kind: 'Status',
                reason: 'Invalid',
                message: `is invalid: {"spec":{"password":"${secret}"}}`,
                details: {
                  name: 'edc',
                  causes: [{ field: 'spec.x', message: `Invalid value: "${secret}": must be shorter` }],
                },
              },
            }
          : undefined
      expect((await see('GET', CONNECTOR)).status).toBeGreaterThanOrEqual(400)
      cluster.intercept = undefined
    }
    canaries.expectNone()
  })
})
