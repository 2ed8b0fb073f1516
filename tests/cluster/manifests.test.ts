/** The output of `render` on a real API server with the CRDs of Knative and Gateway API. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Build, buildAll } from '../../infra/bundle/build.ts'
import type { Manifest } from '../../infra/knative/objects.ts'
import { render } from '../../infra/knative/render.ts'
import type { Form } from '../../infra/knative/values/form.ts'
import { readValues } from '../../infra/knative/values.ts'
import { moduleDirectory } from '../knative/modules.ts'
import { type ApiServer, startApiServer } from './harness/api-server.ts'
import { installCrds } from './harness/crds.ts'
import type { Kube } from './harness/kube.ts'
import { removeScratch, scratchDirectory } from './harness/processes.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

/** Maximum time for a start and for serving third-party CRDs, in milliseconds. */
const START_MS = 180_000
const NAMESPACE = 'kaphera-cloud-server'
/** What the owners of a cluster may want; a PodMonitor needs a definition that is not installed here. */
const CHOICES = [
  'ingress.enabled=true',
  'ingress.tlsSecret=api',
  'caConfigMap=trust',
  'proxy.url=http://proxy.example.com:3128',
  'podLabels.team=dataspace',
  'serviceAnnotations.team=dataspace',
]
const OF_FUNCTION = 'functions.connectors.resources.limits.memory=1Gi'
const SETTINGS = [
  `image=registry.example/kaphera-cloud-server@sha256:${'1'.repeat(64)}`,
  'publicUrl=https://api.example.com',
  'oidc.issuer=https://id.example.com/realms/kaphera',
  'oidc.audience=kaphera-cloud',
]

let server: ApiServer
let kube: Kube
let build: Build
const scratch = scratchDirectory('manifests')

beforeAll(async () => {
  server = await startApiServer()
  kube = server.admin
  build = await buildAll({ out: scratch })
  const directories = [
    join(await moduleDirectory('serving'), 'config', 'core', '300-resources'),
    join(await moduleDirectory('networking'), 'config'),
    join(await moduleDirectory('gatewayApi'), 'config', 'crd', 'standard'),
  ]
  for (const directory of directories) await installCrds(kube, directory)
  for (const name of [NAMESPACE, 'kourier-system'])
    await kube.json('POST', '/api/v1/namespaces', { metadata: { name } })
}, START_MS)

afterAll(async () => {
  await server?.stop()
  removeScratch(scratch)
})

async function rendered(form: Form, ...settings: string[]): Promise<Manifest[]> {
  return render(build, await readValues([], [...SETTINGS, ...settings], form), form)
}

/** Applies an object as `kubectl apply --server-side --dry-run=server --validate=strict` does. */
async function dryRun(object: Manifest): Promise<Response> {
  const query = '?dryRun=All&fieldValidation=Strict&fieldManager=test&force=true'
  return kube.request('PATCH', (await pathOf(object)) + query, JSON.stringify(object), 'application/apply-patch+yaml')
}

async function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Promise<string> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const { resources } = await kube.json<Json>('GET', root)
  const plural = resources.find((one: Json) => one.kind === kind && !one.name.includes('/'))?.name
  if (plural === undefined) throw new Error(`${apiVersion} ${kind} is not served`)
  return `${root}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}/${name}`
}

describe('the objects', () => {
  it.each<[string, Form, string[]]>([
    ['Knative with the gateway', 'knative', []],
    ['Knative that acts as the caller', 'knative', ['kubeIdentity=impersonate', 'minScale=1']],
    ['Knative behind an HTTPRoute', 'knative', ['entry=httproute']],
    ['Knative with what owners of clusters choose', 'knative', [...CHOICES, OF_FUNCTION]],
    ['one Deployment', 'plain', []],
    ['one Deployment with what owners of clusters choose', 'plain', [...CHOICES, 'priorityClassName=important']],
    ['one Deployment without a NetworkPolicy', 'plain', ['networkPolicy=false', 'replicas=3']],
  ])(
    'of the form %s are accepted, strictly and without a warning',
    { timeout: START_MS },
    async (_, form, settings) => {
      const objects = await rendered(form, ...settings)
      expect(objects.length).toBeGreaterThan(5)
      for (const object of objects) {
        const response = await dryRun(object)
        const { kind, metadata } = object
        expect(response.status, `${kind} ${metadata.name}: ${await response.text()}`).toBeLessThan(300)
        expect(response.headers.get('Warning'), `${kind} ${metadata.name}`).toBeNull()
      }
    },
  )

  it('are refused with an unknown field', async () => {
    const objects = await rendered('knative')
    const service = objects.find(({ apiVersion }) => apiVersion === 'serving.knative.dev/v1') as Json
    const broken = structuredClone(service)
    broken.spec.template.spec.containers[0].readOnly = true
    const response = await dryRun(broken)
    expect(response.ok).toBe(false)
    expect(await response.text()).toContain('readOnly')
  })
})

describe('pods', () => {
  it.each<[Form]>([['knative'], ['plain']])('of the form %s satisfy the security level "restricted"', async (form) => {
    const objects = await rendered(form)
    const [namespace] = objects
    const name = `restricted-${form}`
    const labels = { ...namespace?.metadata.labels }
    expect(labels['pod-security.kubernetes.io/enforce']).toBe('restricted')
    await kube.json('POST', '/api/v1/namespaces', { metadata: { name, labels } })
    await kube.json('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'test' } })
    const pods = objects.flatMap((object: Json) => object.spec?.template?.spec ?? [])
    expect(pods.length).toBeGreaterThan(0)
    for (const spec of pods) {
      const { containers, securityContext } = spec
      const pod = {
        metadata: { name: 'test' },
        spec: { securityContext, serviceAccountName: 'test', containers: containers.map(withoutProbes) },
      }
      const path = `/api/v1/namespaces/${name}/pods?dryRun=All&fieldValidation=Strict`
      const response = await kube.request('POST', path, pod)
      expect(response.status, await response.text()).toBe(201)
      const privileged = structuredClone(pod)
      privileged.spec.containers[0].securityContext.capabilities = { add: ['NET_ADMIN'] }
      expect((await kube.request('POST', path, privileged)).status).toBe(403)
    }
  })
})

/** Sets the port of a probe, which Knative does and a pod requires. */
function withoutProbes({ readinessProbe: _, livenessProbe: __, ...container }: Json): Json {
  return container
}
