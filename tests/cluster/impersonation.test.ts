/**
 * The identity that the real API server sees: KUBE_IDENTITY=impersonate with the RBAC of infra/rbac, where the cluster also
 * decides, and KUBE_IDENTITY=caller with tokens of the real Keycloak.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account, type Manifest } from '../../infra/knative/objects.ts'
import { subject } from '../../infra/local/issuer/identities.ts'
import { callerRoles, groupOf, tenantBindings } from '../../infra/rbac/callers.ts'
import { impersonatorRules } from '../../infra/rbac/impersonator.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import type { AuditEvent } from './harness/api-server.ts'
import { type Answer, callerOf, type Sent, send } from './harness/caller.ts'
import { createKube } from './harness/kube.ts'
import { removeScratch, scratchDirectory } from './harness/processes.ts'
import { projectDirectory } from './harness/projected-token.ts'
import { startCompiled } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'
import { ACCOUNTS, CALLER_PREFIX, type RealParts, SERVER_NAMESPACE } from './harness/surroundings.ts'
import { runVitest } from './harness/vitest-run.ts'

const MINUTE = 60_000
const COLLECTION = '/v1/organizations/acme/connectors'
const UPSTREAM = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
/** A change with a new value. */
function change(): Sent {
  const value = crypto.randomUUID()
  return { type: 'application/merge-patch+json', body: { metadata: { annotations: { 'example.com/seen': value } } } }
}
/** Its account may impersonate others, and change nothing as itself. */
const IMPERSONATOR = 'impersonator'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'

const scratch = scratchDirectory('identity')
let parts: RealParts
let kinds: NonNullable<FunctionDefinition['resource']>[]

beforeAll(async () => {
  parts = await sharedParts()
  kinds = parts.build.catalog.flatMap(({ resource }) => resource ?? [])
})
afterAll(() => removeScratch(scratch))

/** Creates or replaces objects. */
async function apply(objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object
    const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
    const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
    const plural = `${kind.toLowerCase()}s`
    const answer = await parts.apiServer.admin.request(
      'POST',
      `${group}${place}/${plural}?fieldValidation=Strict`,
      object,
    )
    expect([201, 409], `${kind} ${metadata.name}: ${await answer.text()}`).toContain(answer.status)
  }
}

/** Requests to the API server since a given time by anyone but its administrator. */
function eventsSince(count: number): AuditEvent[] {
  return parts.apiServer
    .auditEvents()
    .slice(count)
    .filter(({ user }) => user.username !== 'cluster-admin')
}

describe('KUBE_IDENTITY=impersonate', () => {
  const user = (name: string): string =>
    `kaphera:${createHash('sha256').update(parts.keycloak.issuer).digest('base64url').slice(0, 16)}:${subject(name)}`
  let server: RunningServer
  let token: string

  beforeAll(async () => {
    await apply(account(ACCOUNTS, IMPERSONATOR, impersonatorRules(parts.build.rules, true)))
    await apply(callerRoles(kinds))
    for (const name of ['acme', 'globex', 'integrator']) {
      await apply(tenantBindings({ name, namespace: `org-${name}` }, kinds, 'kaphera-system'))
    }
    token = await parts.apiServer.createToken(SERVER_NAMESPACE, IMPERSONATOR)
    const { path } = projectDirectory(join(scratch, 'account'), {
      token,
      'ca.crt': readFileSync(parts.caFile, 'utf8'),
      namespace: SERVER_NAMESPACE,
    })
    server = await startCompiled(
      { ...parts, serviceAccountDirectory: path },
      {
        env: { KUBE_IDENTITY: 'impersonate' },
      },
    )
  })
  afterAll(async () => void (await server?.stop()))

  function as(name: string): (method: string, path: string, sent?: Sent) => Promise<Answer> {
    return callerOf(parts, server.url, name)
  }

  it('gives the same answer for every cell of the matrix', { timeout: 10 * MINUTE }, async () => {
    const { passed, failed } = await runVitest(['contract'], { CONTRACT_URL: server.url }, ['matrix'])
    expect(failed).toBe(0)
    expect(passed).toBeGreaterThan(0)
  })

  it.each([
    ['acme-viewer', 'GET', [groupOf('acme', 'viewer')]],
    ['acme-operator', 'PATCH', [groupOf('acme', 'operator')]],
    ['ci', 'PATCH', [groupOf('acme', 'operator')]],
    ['integrator-admin', 'PATCH', [groupOf('acme', 'admin')]],
    ['platform-admin', 'PATCH', ['kaphera:platform-admin']],
  ])('has %s in the audit log for %s with the groups %j', async (name, method, groups) => {
    const before = parts.apiServer.auditEvents().length
    const { status, body, headers } = await as(name)(method, `${COLLECTION}/edc-1`, method === 'GET' ? {} : change())
    expect(status, JSON.stringify(body)).toBe(200)
    const events = eventsSince(before).filter(({ requestURI }) => requestURI.startsWith(`${UPSTREAM}/edc-1`))
    expect(events.length).toBeGreaterThan(0)
    for (const event of events) {
      expect(event.user.username).toBe(`system:serviceaccount:${SERVER_NAMESPACE}:${IMPERSONATOR}`)
      expect(event.impersonatedUser?.username).toBe(user(name === 'ci' ? 'service-account-ci' : name))
      expect(event.impersonatedUser?.groups).toEqual([...groups, 'system:authenticated'])
      expect(event.impersonatedUser?.extra?.['cloud.kaphera.com/request-id']).toEqual([headers.get('X-Request-Id')])
      expect(event.impersonatedUser?.extra?.['cloud.kaphera.com/organization']).toEqual(['acme'])
    }
  })

  it('is authorized by the cluster, too: a caller without a binding is refused', async () => {
    const path = `${RBAC}/namespaces/org-acme/rolebindings/kaphera-operator`
    expect((await as('acme-operator')('PATCH', `${COLLECTION}/edc-1`, change())).status).toBe(200)
    await parts.apiServer.admin.json('DELETE', path)
    try {
      await expect
        .poll(async () => (await as('acme-operator')('PATCH', `${COLLECTION}/edc-1`, change())).body.code)
        .toBe('forbidden')
    } finally {
      await apply(tenantBindings({ name: 'acme', namespace: 'org-acme' }, kinds, 'kaphera-system'))
    }
    await expect
      .poll(async () => (await as('acme-operator')('PATCH', `${COLLECTION}/edc-1`, change())).status)
      .toBe(200)
  })

  it('gives no rights to a thief of the account’s token: no changes as itself, no Secrets as an administrator', async () => {
    const { url, caFile } = parts.apiServer
    const account = createKube({ url, caFile, token })
    expect((await account.request('GET', `${UPSTREAM}/edc-1`)).status).toBe(200)
    expect((await account.request('DELETE', `${UPSTREAM}/edc-1?dryRun=All`)).status).toBe(403)
    expect((await account.request('POST', `${UPSTREAM}?dryRun=All`, {})).status).toBe(403)
    const headers = {
      Authorization: `Bearer ${token}`,
      'Impersonate-User': 'root',
      'Impersonate-Group': 'system:masters',
    }
    for (const [method, path] of [
      ['GET', '/api/v1/secrets'],
      ['GET', '/api/v1/namespaces/org-acme/configmaps'],
      ['DELETE', UPSTREAM],
      ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
    ] as const) {
      expect((await fetch(url + path, { method, headers })).status, `${method} ${path}`).toBe(403)
    }
  })
})

describe('KUBE_IDENTITY=caller', () => {
  let server: RunningServer

  beforeAll(async () => {
    await apply(callerRoles(kinds))
    await apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'keycloak-operators', namespace: 'org-acme' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'kaphera-callers-organization-operator',
        },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: `${CALLER_PREFIX}acme-operator` }],
      },
    ])
    server = await startCompiled(parts, {
      env: { KUBE_IDENTITY: 'caller', OIDC_ISSUER: parts.keycloak.secureIssuer },
    })
  })
  afterAll(async () => void (await server?.stop()))

  async function as(name: string, method: string, path: string, sent?: Sent): Promise<Answer> {
    return send(server.url, await parts.tokenOf(name, { secure: true }), method, path, sent)
  }

  it("has the person in the audit log, with the API server's name for the token", async () => {
    const before = parts.apiServer.auditEvents().length
    const { status, body } = await as('acme-operator', 'PATCH', `${COLLECTION}/edc-1`, change())
    expect(status, JSON.stringify(body)).toBe(200)
    const events = eventsSince(before).filter(({ requestURI }) => requestURI.startsWith(`${UPSTREAM}/edc-1`))
    expect(events.map(({ user }) => user.username)).toEqual(events.map(() => `${CALLER_PREFIX}acme-operator`))
    expect(events.some(({ verb }) => verb === 'patch')).toBe(true)
    expect(events.every(({ impersonatedUser }) => impersonatedUser === undefined)).toBe(true)
  })

  it('refuses callers that the cluster does not know', async () => {
    const { status, body } = await as('acme-viewer', 'GET', COLLECTION)
    expect([status, body.code]).toEqual([403, 'forbidden'])
  })

  it('decides on access as the function, before the cluster is asked', async () => {
    const before = parts.apiServer.auditEvents().length
    expect((await as('acme-viewer', 'DELETE', `${COLLECTION}/edc-1`)).status).toBe(403)
    expect(eventsSince(before).filter(({ user }) => user.username.startsWith(CALLER_PREFIX))).toEqual([])
  })
})
