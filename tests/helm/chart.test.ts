/** The chart renders what `render` prints, and refuses what `render` refuses. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectVersion } from '../../infra/bundle/project.ts'
import { writeChart } from '../../infra/helm/chart.ts'
import type { Manifest } from '../../infra/knative/objects.ts'
import { render } from '../../infra/knative/render.ts'
import type { Form } from '../../infra/knative/values/form.ts'
import { readValues } from '../../infra/knative/values.ts'
import { built } from '../built.ts'
import { removeScratch, scratchDirectory } from '../cluster/harness/processes.ts'
import { type Ended, type Helm, startHelm } from './helm.ts'

type Values = Readonly<Record<string, unknown>>

const PRODUCT = 'kaphera-cloud-server'
/** Labels that say who has installed an object. Only Helm knows that. */
const INSTALLER = ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by', 'helm.sh/chart']
const MANDATORY: Values = {
  image: `registry.example/kaphera-cloud-server@sha256:${'1'.repeat(64)}`,
  publicUrl: 'https://api.example.com',
  oidc: { issuer: 'https://id.example.com/realms/kaphera', audience: 'kaphera-cloud' },
}

const directory = scratchDirectory('helm')
const chart = join(directory, PRODUCT)
let helm: Helm
let count = 0

beforeAll(async () => {
  helm = await startHelm()
  await writeChart(built(), chart)
})
afterAll(() => removeScratch(directory))

/** Writes values to a file. JSON is YAML. */
function file(values: Values): string {
  count += 1
  const path = join(directory, `values-${count}.yaml`)
  writeFileSync(path, JSON.stringify(values))
  return path
}

async function template(values: Values, namespace = PRODUCT, release = PRODUCT, ...more: string[]): Promise<Ended> {
  return helm('template', release, chart, '--namespace', namespace, '--values', file(values), ...more)
}

async function objectsOf(...args: Parameters<typeof template>): Promise<Manifest[]> {
  const { code, output, errors } = await template(...args)
  expect(code, errors).toBe(0)
  return (loadAll(output) as (Manifest | null)[]).filter((object) => object !== null)
}

/** Objects by name, without what only Helm knows. */
function byName(objects: readonly Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(
    objects.map(({ metadata, ...object }) => {
      const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => !INSTALLER.includes(name))
      const known = { ...object, metadata: { ...metadata, labels: Object.fromEntries(labels) } } as Manifest
      return [`${object.apiVersion} ${object.kind} ${metadata.namespace ?? ''}/${metadata.name}`, known]
    }),
  )
}

/** Everything that the owners of a cluster may want to say of pods. */
const PLACEMENT: Values = {
  imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
  nodeSelector: { 'kubernetes.io/arch': 'arm64', dedicated: 'true' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'api', effect: 'NoSchedule', tolerationSeconds: 3600 }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'x' } } },
        },
      ],
    },
  },
  topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  priorityClassName: 'important',
  podLabels: { team: 'dataspace', 'app.kubernetes.io/name': 'mine' },
  podAnnotations: { 'example.com/note': 'yes: "quoted" & <escaped>', empty: '', number: '1e3' },
  serviceLabels: { team: 'dataspace', 'networking.knative.dev/visibility': 'public' },
  serviceAnnotations: { 'example.com/owner': 'platform' },
}

const CASES: readonly [title: string, values: Values, only?: Form][] = [
  ['only what is mandatory', {}],
  [
    'every setting',
    {
      oidc: {
        issuer: 'http://localhost:8080/realms/kaphera',
        audience: 'one two',
        discoveryUrl: 'http://keycloak.identity.svc/realms/kaphera/.well-known/openid-configuration',
        jwksUrl: 'https://id.example.com/keys?a=1&b=2',
        scopes: 'openid "organization"',
        cliClientId: 'kaphera-cli',
        consoleClientId: '',
      },
      platformNamespace: 'platform',
      corsOrigins: ['https://console.example.com', 'http://localhost:5173'],
      rateLimit: '600/60',
      requestsInProgress: 100,
      requestsPerCaller: 10_000,
      watchSeconds: 200,
      kubeTimeoutMs: 60_000,
      kubeDeadlines: 1_000_000,
      listScanLimit: 100_000,
      otel: { OTEL_TRACES_SAMPLER: 'always_on', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
    },
  ],
  [
    'a policy as a map',
    {
      authPolicy: {
        platformRoles: [{ claim: 'groups', value: '/ops <&> "ü"', role: 'platform-admin' }],
        organizationRoles: [{ pattern: '/organizations/{organization}/{role}', claim: 'groups' }],
        clockSkewSeconds: 10,
        members: false,
      },
    },
  ],
  [
    'a policy and origins as text',
    {
      authPolicy: '{"dpop": "required", "groupsClaim": "roles"}',
      corsOrigins: 'https://a.example https://b.example:8443',
    },
  ],
  ['requests as the caller', { kubeIdentity: 'impersonate' }],
  ['requests as the caller, constrained', { kubeIdentity: 'impersonate', kubeImpersonation: 'constrained' }],
  ["the caller's own token", { kubeIdentity: 'caller' }],
  ['where pods run, and their labels', PLACEMENT],
  [
    'other resources',
    { resources: { requests: { cpu: 0.5, memory: '1Gi' }, limits: { cpu: 2, memory: 1_500_000_000 } } },
  ],
  [
    'resources and scale of some functions',
    {
      minScale: 1,
      maxScale: 1000,
      concurrency: 7,
      functions: {
        connectors: { minScale: 0, maxScale: 3, resources: { limits: { memory: '1Gi' } } },
        gateway: { minScale: 2, resources: { requests: { cpu: '1', memory: '128Mi' } } },
        me: {},
      },
    },
    'knative',
  ],
  [
    'an issuer behind a proxy with authorities of its own',
    {
      proxy: { url: 'http://proxy.example.com:3128', noProxy: '.svc,example.internal' },
      caConfigMap: 'trust-bundle',
      envFrom: [{ secretRef: { name: 'proxy' } }, { configMapRef: { name: 'more' } }],
    },
  ],
  ['a proxy on a port that is open anyway', { proxy: { url: 'https://proxy.example.com' } }],
  ['a way in', { ingress: { enabled: true } }],
  [
    'a way in with everything',
    {
      publicUrl: 'https://api.example.com:8443',
      ingress: { enabled: true, annotations: { 'example.com/size': '1m' }, tlsSecret: 'api' },
    },
  ],
  ['a class of Ingresses', { ingress: { enabled: true, className: 'nginx' } }, 'plain'],
  ['a PodMonitor', { podMonitor: { enabled: true } }],
  ['a PodMonitor with labels', { podMonitor: { enabled: true, interval: '1m', labels: { release: 'prometheus' } } }],
  ['ServiceAccounts with annotations', { serviceAccounts: { annotations: { 'example.com/role': 'api' } } }],
  ['existing ServiceAccounts', { serviceAccounts: { create: false, names: { connectors: 'mine' } } }, 'knative'],
  ['an existing ServiceAccount', { serviceAccounts: { create: false, names: { server: 'all' } } }, 'plain'],
  ['existing ServiceAccounts with rights', { serviceAccounts: { create: false }, rbac: { create: false } }],
  ['HTTPRoutes', { entry: 'httproute' }, 'knative'],
  [
    'HTTPRoutes on another Gateway',
    {
      entry: 'httproute',
      gateway: { name: 'public', namespace: 'ingress', backend: { name: 'kourier', namespace: PRODUCT, port: 8081 } },
    },
    'knative',
  ],
  ['no NetworkPolicy and more pods', { networkPolicy: false, replicas: 50, imagePullPolicy: 'Always' }, 'plain'],
]

describe.each<[Form]>([['knative'], ['plain']])('the form %s is rendered as by render', (form) => {
  it.each(CASES.filter(([, , only = form]) => only === form))('with %s', async (_, values) => {
    const all = { ...MANDATORY, ...values }
    const wanted = render(built(), await readValues([file(all)], [], form), form).filter(
      ({ kind }) => kind !== 'Namespace',
    )
    expect(byName(await objectsOf({ ...all, form }))).toEqual(byName(wanted))
  })

  it('in another namespace', async () => {
    const values = await readValues([file(MANDATORY)], ['namespace=api'])
    const wanted = render(built(), values, form).filter(({ kind }) => kind !== 'Namespace')
    expect(byName(await objectsOf({ ...MANDATORY, form }, 'api'))).toEqual(byName(wanted))
  })
})

describe('names', () => {
  const clusterWide = async (...args: Parameters<typeof template>): Promise<string[]> =>
    (await objectsOf(...args))
      .filter(({ metadata }) => metadata.namespace === undefined)
      .map((one) => one.metadata.name)

  it('of two releases in one cluster differ', async () => {
    const [one, other] = [await clusterWide(MANDATORY, 'a', 'one'), await clusterWide(MANDATORY, 'b', 'two')]
    expect(one).toContain('one-kaphera-cloud-server-connectors')
    expect(one.filter((name) => other.includes(name))).toEqual([])
  })

  it('may be chosen', async () => {
    const objects = await objectsOf({ ...MANDATORY, form: 'plain', fullnameOverride: 'api' })
    const names = objects.filter(({ kind }) => kind !== 'ServiceAccount').map(({ metadata }) => metadata.name)
    expect(new Set(names)).toEqual(new Set(['api', 'api-server']))
  })

  it('of objects have the labels of a release, which no pod has', async () => {
    for (const object of await objectsOf(MANDATORY)) {
      expect(object.metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': PRODUCT,
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.sh/chart': `${PRODUCT}-${projectVersion()}`,
      })
      const { spec } = object as { spec?: { template?: { metadata: { labels: object } } } }
      const labels = Object.keys(spec?.template?.metadata.labels ?? {})
      expect(labels.filter((name) => INSTALLER.includes(name))).toEqual([])
    }
  })
})

describe('values that are not valid are refused', () => {
  it.each<[title: string, values: Values, message: RegExp]>([
    ['no issuer', { oidc: { audience: 'a' } }, /\/oidc.*missing property 'issuer'/],
    ['no audience', { oidc: { issuer: 'https://id.example.com' } }, /\/oidc.*missing property 'audience'/],
    ['an unknown value', { color: 'blue' }, /additional properties 'color' not allowed/],
    ['an unknown value further in', { ingress: { host: 'x' } }, /\/ingress.*additional properties 'host' not allowed/],
    ['an image that changes', { image: 'registry.example/server:latest' }, /\/image/],
    [
      'an insecure issuer',
      { oidc: { issuer: 'http://id.example.com', audience: 'a' } },
      /\/oidc\/issuer.*does not match/,
    ],
    ['a wrong number', { minScale: -1 }, /\/minScale.*minimum: got -1, want 0/],
    ['a wrong word', { kubeIdentity: 'nobody' }, /\/kubeIdentity.*must be one of/],
    ['a wrong policy', { authPolicy: { platformRole: [] } }, /\/authPolicy.*additional properties 'platformRole'/],
    ['too few pods', { minScale: 11 }, /maxScale: must be at least minScale/],
    ['an address', { publicUrl: 'https://192.0.2.1', entry: 'httproute' }, /publicUrl: must have a host name/],
    [
      'an IPv6 address',
      { publicUrl: 'https://[2001:db8::1]', ingress: { enabled: true } },
      /publicUrl: must have a host/,
    ],
    ['two ways in', { entry: 'httproute', ingress: { enabled: true } }, /ingress\.enabled: must be false/],
    ['an unknown function', { functions: { connector: {} } }, /functions: there is no connector/],
    ['a value of one process', { replicas: 3 }, /replicas: is only for the form plain/],
    ['a class for a DomainMapping', { ingress: { className: 'a' } }, /ingress\.className: is only for the form plain/],
    ['a value of Knative', { form: 'plain', minScale: 1 }, /minScale: is only for the form knative/],
    ['functions in one process', { form: 'plain', functions: { me: {} } }, /functions: is only for the form knative/],
    ['another account', { serviceAccounts: { names: { server: 'a' } } }, /serviceAccounts\.names: there is no server/],
    [
      'the account of a function in one process',
      { form: 'plain', serviceAccounts: { names: { me: 'a' } } },
      /serviceAccounts\.names: there is no me/,
    ],
  ])('with %s', async (_, values, message) => {
    const { code, errors } = await template({ ...MANDATORY, ...values })
    expect(code).not.toBe(0)
    expect(errors.replaceAll('\n', ' ')).toMatch(message)
  })

  it('if they are the defaults alone', async () => {
    const { code, errors } = await template({})
    expect(code).not.toBe(0)
    for (const name of ['image', 'publicUrl', 'issuer', 'audience']) expect(errors).toContain(name)
  })
})

describe('the chart', () => {
  it.each<[Form]>([['knative'], ['plain']])('has no fault that lint finds in the form %s', async (form) => {
    const { code, output, errors } = await helm('lint', '--strict', chart, '--values', file({ ...MANDATORY, form }))
    expect(code, output + errors).toBe(0)
  })

  it('says how to go on', async () => {
    const { output } = await helm(
      'install',
      PRODUCT,
      chart,
      '--dry-run=client',
      '--hide-notes=false',
      '--values',
      file(MANDATORY),
    )
    expect(output).toContain("curl 'https://api.example.com/readyz?verbose'")
  })

  it('is packaged with the version of the project', async () => {
    const out = join(directory, 'packages')
    mkdirSync(out)
    const { code, errors } = await helm('package', chart, '--destination', out)
    expect(code, errors).toBe(0)
    expect(readdirSync(out)).toEqual([`${PRODUCT}-${projectVersion()}.tgz`])
    const shown = await helm('show', 'chart', join(out, `${PRODUCT}-${projectVersion()}.tgz`))
    expect(shown.output).toContain(`appVersion: ${projectVersion()}`)
  })
})
