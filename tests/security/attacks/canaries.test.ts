/**
 * Unique values in every place that is secret or that only its reader may see, and one search of everything that the single binary
 * gives out: answers of every operation, its log, its metrics and its traces.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Local, startLocal } from '../../../infra/local/local.ts'
import { startBinary } from '../../../infra/runtimes/bun/process.ts'
import type { OpenApiDocument } from '../../../shared/openapi/document.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'
import { built } from '../../built.ts'
import { freePort } from '../../cluster/harness/ports.ts'
import { type Sample, samples } from '../../contract/samples.ts'
import { ATTACKS } from '../../whole.ts'
import { COMMAND } from '../compiled.ts'

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Json = any

/** Values that appear nowhere, and values that appear in answers to those who may read them, by what they are. */
const secrets = new Map<string, string>()
const readable = new Map<string, string>()

function plant(values: Map<string, string>, where: string): string {
  const value = `canary${crypto.randomUUID().replaceAll('-', '')}`
  values.set(value, where)
  return value
}

const outputs: Record<'answers' | 'log' | 'metrics' | 'traces', string[]> = {
  answers: [],
  log: [],
  metrics: [],
  traces: [],
}
const NAME = 'planted'
const kinds: readonly Sample[] = await samples()
const ends: (() => unknown)[] = []
let local: Local
let metricsUrl: string
let token: string

beforeAll(async () => {
  const collector = createServer(async (request, response) => {
    outputs.traces.push(`${request.url} ${await text(request)}`)
    response.end('{}')
  })
  const collectorPort = await freePort()
  await new Promise<void>((resolve) => collector.listen(collectorPort, '127.0.0.1', resolve))
  ends.push(() => collector.close().closeAllConnections())
  const metrics = `127.0.0.1:${await freePort()}`
  metricsUrl = `http://${metrics}/`
  local = await startLocal({
    ...built(),
    runtime: ({ kube, tokenDirectory, env, port, onLine }) =>
      startBinary({
        command: COMMAND,
        listen: `127.0.0.1:${port}`,
        kube,
        serviceAccount: tokenDirectory,
        args: [`--metrics=${metrics}`],
        env: Object.fromEntries(
          Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
        ),
        onLine,
      }),
    speed: 0,
    env: {
      KUBE_DEADLINES: '1000000',
      // Too short to wait for a cluster that throttles.
      KUBE_TIMEOUT_MS: '6000',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${plant(secrets, 'the token of the collector')}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    onLine: (line) => outputs.log.push(line),
  })
  ends.push(() => local.stop())
  secrets.set(local.cluster?.token ?? '', 'the token of the ServiceAccount')
  token = await signIn('platform-admin')
  for (const part of token.split('.')) secrets.set(part, 'a part of the token of the caller')
  for (const sample of kinds) await put(sample)
}, 240_000)

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function signIn(name: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'password', client_id: 'kaphera-cli', username: name, password: name })
  const answer = await fetch(`${local.issuer?.url}/protocol/openid-connect/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

/** Puts an object into the cluster, as an operator does, with a value in each field that is free text or is never shown. */
async function put({ plural, kind, apiVersion, scope, spec }: Sample): Promise<void> {
  const planted = withTexts(structuredClone(spec), plural)
  if (plural === 'cells')
    Object.assign(planted, {
      kind: 'RemoteCluster',
      kubeconfigSecretRef: {
        name: plant(secrets, 'cells spec.kubeconfigSecretRef.name'),
        key: plant(secrets, 'cells spec.kubeconfigSecretRef.key'),
      },
    })
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${plant(secrets, `${plural}: what kubectl keeps`)}"}`,
    'example.com/note': plant(readable, `${plural}: an annotation`),
  }
  const namespace = scope === 'organization' ? 'org-acme' : 'kaphera-system'
  const path = `${local.cluster?.url}/apis/${apiVersion}/namespaces/${namespace}/${plural}`
  const headers = { Authorization: `Bearer ${local.cluster?.token}`, 'Content-Type': 'application/json' }
  const answer = await fetch(path, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      apiVersion,
      kind,
      metadata: {
        name: NAME,
        labels: {
          'cloud.kaphera.com/organization': 'acme',
          'example.com/label': plant(readable, `${plural}: a label`),
        },
        annotations,
      },
      spec: planted,
    }),
  })
  if (answer.status !== 201) throw new Error(`${plural}: ${await answer.text()}`)
  const message = plant(readable, `${plural}: a condition`)
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'Broken',
    lastTransitionTime: '2026-11-01T00:00:00Z',
    message,
  }
  const written = await fetch(`${path}/${NAME}/status`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ ...((await answer.json()) as Json), status: { conditions: [condition] } }),
  })
  if (written.status !== 200) throw new Error(`${plural}: ${await written.text()}`)
}

/** Replaces the texts that are for people. */
function withTexts(value: Json, where: string): Json {
  if (typeof value !== 'object' || value === null) return value
  for (const [key, member] of Object.entries(value)) {
    if (/^(displayName|description|title|comment|message|contact)$/.test(key) && typeof member === 'string')
      value[key] = plant(readable, `${where}.${key}`)
    else withTexts(member, `${where}.${key}`)
  }
  return value
}

/** Sends a request and records its answer. @returns Its status */
async function send(
  method: string,
  path: string,
  {
    body,
    type = 'application/json',
    headers = {},
  }: { body?: unknown; type?: string; headers?: Record<string, string> } = {},
): Promise<number> {
  const client = new AbortController()
  const response = await fetch(local.url + path, {
    method,
    signal: client.signal,
    headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { 'Content-Type': type }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  let seen = ''
  if (response.headers.get('Content-Type') === 'text/event-stream') {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const chunk = await reader?.read()
      seen += chunk?.value ?? ''
      if (chunk?.done !== false || seen.includes('event: SYNCED')) break
    }
    client.abort()
  } else seen = await response.text()
  // The address is not a part of the answer, and may have a canary.
  outputs.answers.push(
    `${method} ${path.split('?', 1)}: ${response.status} ${JSON.stringify([...response.headers])} ${seen}`,
  )
  return response.status
}

/** Wrong places for secrets in a request: what is in them is given back to nobody. */
function misplaced(where: string): Record<string, string> {
  return Object.fromEntries(
    [
      'Cookie',
      'X-Api-Key',
      'Referer',
      'User-Agent',
      'X-Forwarded-For',
      'baggage',
      'Proxy-Authorization',
      'If-None-Match',
      'Prefer',
    ].map((name) => [name, plant(secrets, `${where}: ${name}`)]),
  )
}

it('CVE-2025-55190: no secret is in an answer, the log, the metrics or the traces', { timeout: 240_000 }, async () => {
  const document = (await (await fetch(`${local.url}/openapi.json`)).json()) as OpenApiDocument
  const operations = Object.entries(document.paths).flatMap(([template, item]) =>
    Object.keys(item).map((method) => ({
      method: method.toUpperCase(),
      path: template
        .replace('{organization}', 'acme')
        .replace('{name}', template.startsWith('/v1/organizations/{name}') ? 'acme' : NAME)
        .replace('{file}', 'vaults.json'),
    })),
  )
  expect(operations.length).toBeGreaterThan(150)
  const all = async (
    some: readonly { method: string; path: string }[],
    work: (operation: { method: string; path: string }) => Promise<unknown>,
  ) => {
    const left = [...some]
    const next = async (): Promise<void> => {
      for (let operation = left.shift(); operation !== undefined; operation = left.shift()) await work(operation)
    }
    await Promise.all(Array.from({ length: 8 }, next))
  }

  const kept = ATTACKS ? Object.keys(KINDS) : ['cells', 'connectors', 'organizations']
  const others = Object.keys(KINDS).filter((plural) => !kept.includes(plural))
  /** Without `npm run test:attacks` those of some kinds: the same code serves the others. */
  const attacked = operations.filter(({ path }) => !others.some((plural) => `${path}/`.includes(`/${plural}/`)))
  const reads = operations.filter(({ method }) => method === 'GET')
  await all(reads, ({ method, path }) => send(method, path))
  await all(reads, ({ method, path }) =>
    send(method, path, { headers: { Accept: 'application/yaml', ...misplaced(path) } }),
  )
  const lists = Object.keys(KINDS).flatMap((plural) => reads.filter(({ path }) => path.endsWith(`/${plural}`)))
  for (const query of [
    '?view=summary',
    '?view=overview',
    '?q=canary',
    '?sort=spec.kubeconfigSecretRef.name',
    '?labelSelector=example.com/label',
  ]) {
    await all(lists, ({ method, path }) => send(method, path + query))
  }
  await all([...lists, { method: 'GET', path: '/v1/watch' }], ({ method, path }) =>
    send(method, path, { headers: { Accept: 'text/event-stream' } }),
  )
  // Credentials that are refused.
  await all(attacked, async ({ method, path }) => {
    for (const credential of [
      `Bearer ${plant(secrets, 'a token')}`,
      `Basic ${plant(secrets, 'a password')}`,
      plant(secrets, 'a scheme'),
    ]) {
      await send(method, path, { headers: { Authorization: credential } })
    }
    await send(method, `${path}?access_token=${plant(secrets, 'a token in the query')}`)
    await send(method, `${path}?limit=${plant(secrets, 'a parameter')}`)
  })
  // Secrets in bodies, in the fields of a manifest and elsewhere.
  const writes = attacked.filter(({ method }) => method !== 'GET' && method !== 'DELETE')
  const bodies: ((value: string) => Json)[] = [
    (value) => ({ spec: { config: { 'edc.password': value } } }),
    (value) => ({ spec: { password: value, logLevel: value, replicas: value, version: value } }),
    (value) => ({ spec: { vaultRef: { name: `x ${value}` } } }),
    (value) => ({ metadata: { annotations: { token: value }, labels: { secret: value }, name: `X ${value}` } }),
    (value) => ({ apiVersion: value, kind: value, metadata: value, spec: value }),
    (value) => `{"spec": "${value}`,
    (value) => [{ op: value, path: value, value }],
    (value) => [{ op: 'test', path: '/spec/x', value }],
  ]
  await all(writes, async ({ method, path }) => {
    for (const [index, body] of bodies.entries()) {
      const type =
        method !== 'PATCH'
          ? 'application/json'
          : index >= 6
            ? 'application/json-patch+json'
            : 'application/merge-patch+json'
      await send(method, `${path}?dryRun=All&diff=true`, {
        type,
        body: body(plant(secrets, `a body of ${method} ${path}`)),
        headers: { 'If-Match': '*' },
      })
      await send(method, path, {
        type,
        body: body(plant(secrets, `a body of ${method} ${path}`)),
        headers: { 'If-Match': '*' },
      })
    }
    await send(method, path, { type: plant(secrets, 'a media type'), body: plant(secrets, 'a body of no media type') })
  })
  // A change that is shown as a difference, and one that is written.
  for (const query of ['?dryRun=All&diff=true', '']) {
    expect(
      await send('PATCH', `/v1/cells/${NAME}${query}`, {
        type: 'application/merge-patch+json',
        body: { metadata: { annotations: { 'example.com/note': 'new' } } },
      }),
    ).toBe(200)
  }
  // Errors of the cluster, whose texts are its own.
  if (local.cluster === undefined) throw new Error('there is no embedded cluster')
  const cluster = local.cluster
  const some = operations.filter(({ path }) => /\/connectors(\/|$)|\/cells(\/|$)/.test(path))
  for (const status of [400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 504]) {
    const value = plant(secrets, `an error ${status} of the cluster`)
    cluster.intercept = ({ path }) =>
      /\/(connectors|cells)/.test(path)
        ? {
            status,
            body: {
              kind: 'Status',
              reason: 'Invalid',
              message: `failed: {"password":"${value}"}`,
              details: {
                name: NAME,
                causes: [{ reason: value, field: 'spec.x', message: `Invalid value: "${value}": must be shorter` }],
              },
            },
          }
        : undefined
    await all(some, ({ method, path }) =>
      send(method, path, {
        ...(method === 'PATCH' || method === 'POST'
          ? { body: {}, type: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }
          : {}),
        headers: { 'If-Match': '*' },
      }),
    )
  }
  cluster.intercept = undefined

  outputs.metrics.push(await (await fetch(metricsUrl)).text())
  // The last spans are exported a moment after the last answer.
  const traced = outputs.traces.length
  await send('GET', '/v1/me')
  await expect.poll(() => outputs.traces.length, { timeout: 20_000 }).toBeGreaterThan(traced)

  for (const [what, texts] of Object.entries(outputs)) {
    expect(texts.join('').length, what).toBeGreaterThan(1_000)
    const values = [...secrets, ...(what === 'answers' ? [] : readable)]
    const whole = texts.join('\n')
    // One pass finds all planted values: a search for each takes seconds.
    const planted = new Set(whole.match(/canary[0-9a-f]{32}/g))
    const leaks = values.filter(([value]) => (value.startsWith('canary') ? planted.has(value) : whole.includes(value)))
    const where = leaks
      .slice(0, 20)
      .map(([value, from]) => `${from}, in ${what}: ${texts.find((one) => one.includes(value))?.slice(0, 600)}`)
    expect(where).toEqual([])
  }
  // The search can find what is there.
  const shown = outputs.answers.join('\n')
  expect([...readable].filter(([value]) => !shown.includes(value)).map(([, where]) => where)).toEqual([])
  console.log(
    `${secrets.size} secrets, ${readable.size} readable values, ${outputs.answers.length} answers, ${outputs.log.length} lines, ${outputs.traces.length} exports`,
  )
})
