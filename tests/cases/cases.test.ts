/** The CRDs on a real API server, which accepts each of them and gives the verdicts of the case files. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mainVersion, readCrds } from '../../infra/bundle/generate/crd.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { type ApiServer, startApiServer } from '../cluster/harness/api-server.ts'
import { waitFor } from '../cluster/harness/processes.ts'
import { describeCases } from './judge.ts'
import { kubernetesJudge } from './kubernetes.ts'
import { loadCases } from './load.ts'

const DIRECTORY = join(PROJECT, 'infra', 'crds')
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const NAMESPACE = 'cases'
/** Maximum time until an API server serves a kind, in milliseconds; the first start builds the server. */
const SERVED_MS = 20_000
const START_MS = 900_000

const crds = await readCrds(DIRECTORY)
let server: ApiServer

beforeAll(async () => {
  server = await startApiServer()
  await server.admin.json('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } })
}, START_MS)
afterAll(() => server?.stop())

interface Definition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

describe('the API server', () => {
  it.each(crds.map(({ file, crd }) => [file, crd] as const))('accepts %s and serves its kind', async (file, crd) => {
    const manifest = load(await readFile(join(DIRECTORY, file), 'utf8')) as { metadata: { name: string } }
    const created = await server.admin.request('POST', `${DEFINITIONS}?fieldValidation=Strict`, manifest)
    expect(created.status, await created.text()).toBe(201)
    expect(created.headers.get('Warning')).toBeNull()
    const conditions = await waitFor(
      async () => {
        const { status } = await server.admin.json<Definition>('GET', `${DEFINITIONS}/${manifest.metadata.name}`)
        return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
          ? status.conditions
          : undefined
      },
      { what: `${file} is established`, timeoutMs: SERVED_MS },
    )
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'NamesAccepted', status: 'True' }))
    expect(conditions).not.toContainEqual(expect.objectContaining({ type: 'NonStructuralSchema', status: 'True' }))
    const objects = `/apis/${crd.spec.group}/${mainVersion({ file, crd }).name}/${crd.spec.names.plural}`
    // A kind may be established before it is served.
    await waitFor(async () => ((await server.admin.request('GET', objects)).ok ? true : undefined), {
      what: `${objects} is served`,
      timeoutMs: SERVED_MS,
    })
  })
})

describeCases(
  await loadCases(),
  kubernetesJudge((method, path, body) => server.admin.request(method, path, body), NAMESPACE),
)
