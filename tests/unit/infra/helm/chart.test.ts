/** The chart's values: defaults, schema and documents agree with those of `render`. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { load } from 'js-yaml'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { chartReadme, formData, valuesSchema } from '../../../../infra/helm/chart.ts'
import { readValues, ValuesError } from '../../../../infra/knative/values.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly default?: unknown
}
type Values = Readonly<Record<string, unknown>>

const schema = valuesSchema() as Schema
const isValid = new Ajv({ strict: false }).compile(schema)
const defaults = readFileSync(join(PROJECT, 'infra/helm/chart/values.yaml'), 'utf8')
/** Values that only the chart has. */
const ONLY_CHART = ['form', 'nameOverride', 'fullnameOverride', 'updateAll', 'global']
const MANDATORY: Values = {
  image: 'registry.example/server:1',
  publicUrl: 'https://api.example.com',
  oidc: { issuer: 'https://id.example.com', audience: 'a' },
}

const traces = (settings: Values): Values => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318',
  ...settings,
})

/** Returns whether `render` accepts values. */
async function isRendered(values: Values): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-values-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'values.yaml')
  await writeFile(file, JSON.stringify(values))
  return readValues([file], []).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ValuesError) return false
      throw error
    },
  )
}

/** Returns the value at each path of a schema that has no parts, with its default. */
function leaves({ properties, ...rest }: Schema, path: readonly string[] = []): [path: string[], leaf: Schema][] {
  if (properties === undefined) return [[[...path], rest]]
  return Object.entries(properties).flatMap(([name, inner]) => leaves(inner, [...path, name]))
}

function at(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Values | undefined)?.[name], values)
}

describe('values.yaml', () => {
  const all = leaves(schema).filter(([[first = '']]) => !['authPolicy', 'global'].includes(first))

  it('has the defaults of render', () => {
    const values = load(defaults)
    const differing = all.filter(([path, leaf]) => String(at(values, path)) !== String(leaf.default))
    expect(differing.map(([path]) => path.join('.'))).toEqual([])
  })

  it('has nothing else, and names every value', () => {
    expect(isValid({ ...(load(defaults) as Values), ...MANDATORY })).toBe(true)
    const missing = all.filter(([path]) => !new RegExp(`^[# ]*${path.at(-1)}:`, 'm').test(defaults))
    expect(missing.map(([path]) => path.join('.'))).toEqual([])
  })

  it('names only values that infra/README.md describes', () => {
    const [, text = ''] = /^## Settings\n(.*?)^## /ms.exec(readFileSync(join(PROJECT, 'infra/README.md'), 'utf8')) ?? []
    const missing = Object.keys(schema.properties ?? {}).filter(
      (name) => !ONLY_CHART.includes(name) && !new RegExp(`\`${name}[.\`]`).test(text),
    )
    expect(missing).toEqual([])
  })
})

describe('values.schema.json', () => {
  it.each<[Values]>([
    [{}],
    [{ authPolicy: '{}', corsOrigins: [], functions: { connectors: { minScale: 1 } }, tolerations: [{ key: 'a' }] }],
    [{ authPolicy: { organizationRoles: [{ claim: 'g', value: 'a', organization: 'b', role: 'admin' }] } }],
    [{ oidc: { issuer: 'http://localhost:8080/realms/a', audience: 'a' } }],
    [
      {
        oidc: {
          issuer: 'http://127.0.0.1',
          audience: 'a',
          discoveryUrl: 'http://keycloak.identity.svc.cluster.local/x',
        },
      },
    ],
    [{ oidc: { issuer: 'https://a.example/', audience: 'a', jwksUrl: 'http://keycloak:8080/keys?a=b' } }],
    [{ resources: { limits: { cpu: 2 } }, image: `r/a@sha256:${'a'.repeat(64)}`, rateLimit: '1/1' }],
    [{ image: 'registry.example:5000/a' }],
    [{ image: 'a:latest' }],
    [{ publicUrl: 'https://a.example/v1' }],
    [{ publicUrl: 'ftp://a.example' }],
    [{ oidc: { issuer: 'http://a.example', audience: 'a' } }],
    [{ oidc: { issuer: 'https://a.example?b', audience: 'a' } }],
    [{ oidc: { issuer: 'https://a.example', audience: ' ' } }],
    [{ oidc: { issuer: 'https://a.example', audience: 'a', jwksUrl: 'http://a.example/keys' } }],
    [{ oidc: { issuer: 'https://a.example', audience: 'a', color: 'blue' } }],
    [{ corsOrigins: '*' }],
    [{ corsOrigins: ['https://*.example'] }],
    [{ authPolicy: { issuers: [{ issuer: 1 }] } }],
    [{ authPolicy: { dpop: 'never' } }],
    [{ authPolicy: 7 }],
    [{ rateLimit: '600' }],
    [{ rateLimit: '0/60' }],
    [{ rateLimit: '10000000/60' }],
    [{ watchSeconds: 291 }],
    [{ watchSeconds: 1.5 }],
    [{ minScale: 101 }],
    [{ resources: { limits: { cpu: 'much' } } }],
    [{ functions: { connectors: { color: 'blue' } } }],
    [{ functions: { Connectors: {} } }],
    [{ envFrom: [{ secret: 'a' }] }],
    [{ envFrom: [{ secretRef: { name: 'a' } }, { configMapRef: { name: 'B' } }] }],
    [{ imagePullSecrets: ['a'] }],
    [{ podLabels: { a: 1 } }],
    [{ proxy: { url: 'http://user:secret@proxy.example' } }],
    [{ proxy: { url: 'socks5://proxy.example' } }],
    [{ networkPolicy: 'perhaps' }],
    ...['grpc', 'HTTP/json', ''].map((protocol): [Values] => [
      { otel: traces({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol }) },
    ]),
    [{ otel: traces({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http' }) }],
    [{ otel: traces({ OTEL_TRACES_SAMPLER: 'sometimes' }) }],
    [{ otel: traces({ OTEL_TRACES_SAMPLER: 'TraceIdRatio' }) }],
    [{ otel: traces({ OTEL_SDK_DISABLED: 'yes' }) }],
    [{ otel: traces({ OTEL_SDK_DISABLED: 'True' }) }],
    [{ otel: traces({ COLOR: 'blue' }) }],
    [{ color: 'blue' }],
  ])('agrees with render on %j', async (values) => {
    const all = { ...MANDATORY, ...values }
    expect(isValid(all)).toBe(await isRendered(all))
  })

  it('requires what has no safe default', () => {
    for (const name of Object.keys(MANDATORY)) expect(isValid({ ...MANDATORY, [name]: undefined })).toBe(false)
  })
})

it('the chart knows the defaults of values that only one form has', () => {
  expect(formData()).toMatchObject({
    minScale: { form: 'knative', default: 0 },
    gateway: { form: 'knative', default: { name: 'gateway', backend: { port: 80 } } },
    networkPolicy: { form: 'plain', default: true },
    'ingress.className': { form: 'plain', default: '' },
  })
})

it('the README of the chart links to nothing that the chart does not have', async () => {
  const text = await chartReadme()
  expect(text).toContain('`infra/README.md` of the project')
  expect([...text.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target)).toEqual([])
})
