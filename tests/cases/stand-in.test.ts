/**
 * The stand-in operators and the seed against the CRDs on a real API server, which accepts everything that they write and
 * drops nothing of it.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startOperators } from '../../infra/local/operators/index.ts'
import { seed } from '../../infra/local/seed.ts'
import { type ApiServer, type AuditEvent, startApiServer } from '../cluster/harness/api-server.ts'
import { installCrds } from '../cluster/harness/crds.ts'
import { waitFor } from '../cluster/harness/processes.ts'
import { type KindCases, loadCases } from './load.ts'

/** Records the written bodies. */
const AUDIT = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Request
  verbs: [patch]
- level: None
`
const MERGE = 'application/merge-patch+json'
const START_MS = 900_000
/** Time for an object's phases in milliseconds; less than a second on an idle machine. */
const PHASES_MS = 30_000
/** Time for writing everything again, some hundred requests, in milliseconds. */
const REPLAY_MS = 120_000

interface Written extends AuditEvent {
  readonly requestObject?: { readonly status?: unknown }
}

interface Observed {
  readonly metadata: { readonly generation: number }
  readonly status?: { readonly phase?: string; readonly observedGeneration?: number }
}

const kinds = await loadCases()
const complaints: string[] = []
let server: ApiServer
let stop: () => Promise<void>

beforeAll(async () => {
  server = await startApiServer({ audit: AUDIT })
  await installCrds(server.admin)
  const access = { url: server.url, token: server.token, ca: readFileSync(server.certificates.caFile, 'utf8') }
  await seed(access)
  const operators = startOperators({ ...access, speed: 40, log: (message) => complaints.push(message) })
  stop = () => operators.stop()
}, START_MS)
afterAll(async () => {
  await stop?.()
  await server?.stop()
})

function pathOf(kind: KindCases): string {
  const namespace = kind.scope === 'platform' || kind.kind === 'Organization' ? 'kaphera-system' : 'org-acme'
  return `/apis/${kind.apiVersion}/namespaces/${namespace}/${kind.plural}`
}

/** Waits until the stand-in has seen its last change of an object in a phase. */
function arrives(path: string, phase: string): Promise<unknown> {
  return waitFor(
    async () => {
      const { metadata, status } = await server.admin.json<Observed>('GET', path)
      return status?.phase === phase && status.observedGeneration === metadata.generation ? status : undefined
    },
    { what: `${path} is ${phase}`, timeoutMs: PHASES_MS },
  )
}

const ARRIVED: Readonly<Record<string, string>> = {
  OrganizationMember: 'Active',
  DataspaceMembership: 'AwaitingApproval',
}

it.each(kinds.map((kind) => [kind.kind, kind] as const))('makes each accepted %s ready', async (_, kind) => {
  const created = kind.accepted.filter(({ from }) => from === undefined)
  for (const { object } of created) await server.admin.json('POST', pathOf(kind), object)
  for (const { object, name } of created) {
    const { spec } = object as { spec?: { suspended?: boolean } }
    const phase = spec?.suspended === true ? 'Suspended' : (ARRIVED[kind.kind] ?? 'Ready')
    await expect(arrives(`${pathOf(kind)}/${object.metadata.name}`, phase), name).resolves.toBeDefined()
  }
})

it('activates a membership after its approval', async () => {
  const kind = kinds.find((one) => one.kind === 'DataspaceMembership') as KindCases
  const path = `${pathOf(kind)}/${kind.accepted[0]?.object.metadata.name}`
  await server.admin.json('PATCH', path, { spec: { approval: { decision: 'Approved' } } }, MERGE)
  await arrives(path, 'Active')
})

it('gets no errors from the cluster', async () => {
  await stop()
  expect(complaints).toEqual([])
})

it(
  'writes nothing that the API server drops',
  async () => {
    const written = (server.auditEvents() as Written[]).filter(
      ({ requestURI, requestObject }) => /\/status(\?|$)/.test(requestURI) && requestObject?.status !== undefined,
    )
    expect(written.length).toBeGreaterThan(kinds.length)
    const dropped: unknown[] = []
    for (const { requestURI, requestObject } of written) {
      const path = requestURI.replace(/\?.*/, '')
      const answer = await server.admin.request(
        'PATCH',
        `${path}?fieldValidation=Strict&dryRun=All`,
        { status: requestObject?.status },
        MERGE,
      )
      if (!answer.ok) dropped.push([path, await answer.json()])
    }
    expect(dropped).toEqual([])
  },
  REPLAY_MS,
)
