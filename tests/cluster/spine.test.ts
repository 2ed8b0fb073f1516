/** From a token of a real Keycloak to an object in a real cluster, through both forms of the server. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { callerOf, send } from './harness/caller.ts'
import { startCompiled, startImage } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'
import { type RealParts, SERVER_ACCOUNT, SERVER_NAMESPACE } from './harness/surroundings.ts'

const MANIFEST = readFileSync(join(PROJECT, 'infra', 'local', 'connector.yaml'), 'utf8')
const COLLECTION = '/v1/organizations/acme/connectors'

function kubectl(parts: RealParts, args: readonly string[], input = ''): string {
  const { kubectl: command, kubeconfig } = parts.apiServer
  return execFileSync(command, ['--kubeconfig', kubeconfig, ...args], { input, encoding: 'utf8', stdio: 'pipe' })
}

describe.each([
  ['compiled', startCompiled],
  ['image', startImage],
] as const)('the %s server', (form, start) => {
  const name = `spine-${form}`
  const path = `${COLLECTION}/${name}`
  const manifest = MANIFEST.replace('my-connector', name)
  let parts: RealParts
  let server: RunningServer

  beforeAll(async () => {
    parts = await sharedParts()
    server = await start(parts)
  })
  afterAll(async () => void (await server?.stop()))

  it('creates an object that kubectl accepts and shows', async () => {
    const ci = callerOf(parts, server.url, 'ci')
    kubectl(parts, ['apply', '--dry-run=server', '--namespace=org-acme', '-f', '-'], manifest)
    const created = await ci('POST', COLLECTION, { body: manifest, type: 'application/yaml' })
    expect(created.status, JSON.stringify(created.body)).toBe(201)
    expect(created.headers.get('Location')).toBe(path)
    const seen = JSON.parse(kubectl(parts, ['get', 'connector', name, '--namespace=org-acme', '-o', 'json']))
    expect(seen.metadata.uid).toBe(created.body.metadata.uid)
    expect(seen.spec).toEqual(created.body.spec)
  })

  it('lists the object', async () => {
    const { status, body } = await callerOf(parts, server.url, 'acme-viewer')('GET', COLLECTION)
    expect(status).toBe(200)
    expect(body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toContain(name)
  })

  it('patches the object', async () => {
    const { status, body } = await callerOf(parts, server.url, 'acme-operator')('PATCH', path, {
      body: { metadata: { labels: { tier: 'gold' } } },
      type: 'application/merge-patch+json',
    })
    expect(status, JSON.stringify(body)).toBe(200)
    const seen = kubectl(parts, ['get', 'connector', name, '--namespace=org-acme', '-o', 'jsonpath={.metadata.labels}'])
    expect(JSON.parse(seen)).toMatchObject({ tier: 'gold' })
  })

  it('does not overwrite a change by kubectl in between', async () => {
    const operator = callerOf(parts, server.url, 'acme-operator')
    const { headers, body } = await operator('GET', path)
    kubectl(parts, ['label', 'connector', name, '--namespace=org-acme', '--overwrite', 'tier=silver'])
    const lost = await operator('PUT', path, { body, headers: { 'If-Match': headers.get('ETag') ?? '' } })
    expect(lost.status, JSON.stringify(lost.body)).toBe(412)
  })

  it('hides the object from other organizations', async () => {
    const { status, body } = await callerOf(parts, server.url, 'globex-admin')('GET', path)
    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  it('deletes the object', async () => {
    const operator = callerOf(parts, server.url, 'acme-operator')
    const { status, body } = await operator('DELETE', path)
    expect([200, 202, 204], JSON.stringify(body)).toContain(status)
    await expect.poll(async () => (await operator('GET', path)).status, { timeout: 15_000 }).toBe(404)
    expect(() => kubectl(parts, ['get', 'connector', name, '--namespace=org-acme'])).toThrow('NotFound')
  })

  it('uses its own ServiceAccount', async () => {
    const { headers } = await callerOf(parts, server.url, 'acme-viewer')('GET', COLLECTION)
    expect(headers.get('X-Request-Id')).not.toBeNull()
    const last = parts.apiServer.auditEvents().findLast(({ requestURI }) => requestURI.includes('/org-acme/connectors'))
    expect(last?.user.username).toBe(`system:serviceaccount:${SERVER_NAMESPACE}:${SERVER_ACCOUNT}`)
  })

  it('answers all requests before it ends on SIGTERM', async () => {
    const another = await start(parts)
    const token = await parts.tokenOf('acme-viewer')
    const eight = () => Array.from({ length: 8 }, () => send(another.url, token, 'GET', COLLECTION))
    await Promise.all(eight())
    parts.apiServer.pause()
    try {
      const running = eight()
      // These connections were open earlier, so their requests have arrived when this one is answered.
      await fetch(`${another.url}/healthz`)
      const exit = another.stop()
      parts.apiServer.resume()
      const answers = await Promise.all(running)
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
      expect(await exit).toBe(0)
    } finally {
      parts.apiServer.resume()
    }
  })
})

describe('the ServiceAccount', () => {
  it.each([
    ['get', '', 'secrets'],
    ['list', '', 'secrets'],
    ['list', '', 'configmaps'],
    ['deletecollection', 'edc.kaphera.com', 'connectors'],
    ['*', 'edc.kaphera.com', 'connectors'],
    ['create', 'rbac.authorization.k8s.io', 'clusterroles'],
    ['create', '', 'serviceaccounts/token'],
  ])('cannot %s %s/%s', async (verb, group, resource) => {
    const { apiServer } = await sharedParts()
    const [plural, subresource] = resource.split('/')
    const review = await apiServer.admin.json<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: `system:serviceaccount:${SERVER_NAMESPACE}:${SERVER_ACCOUNT}`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${SERVER_NAMESPACE}`, 'system:authenticated'],
          resourceAttributes: { namespace: 'org-acme', verb, group, resource: plural, subresource },
        },
      },
    )
    expect(review.status.allowed).toBe(false)
  })
})
