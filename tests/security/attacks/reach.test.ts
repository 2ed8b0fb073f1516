/** Hostile paths, queries and headers, guided by what they make the server ask the API server. */
import fc from 'fast-check'
import { expect, it, onTestFinished, vi } from 'vitest'
import { functionBinding } from '../../../shared/gateway/binding.ts'
import { createRouter } from '../../../shared/gateway/router.ts'
import type { Environment, Fetcher } from '../../../shared/runtime/environment.ts'
import type { FunctionModule } from '../../../shared/server/definition.ts'
import {
  environment,
  FakeContext,
  FakeIssuer,
  keycloakClaims,
  ORIGIN,
  sign,
  signingKey,
} from '../../unit/fixtures/auth.ts'
import { ATTACKS, WHOLE } from '../../whole.ts'
import { answer, signature, unexpected } from './reach.ts'

/** How many requests are sent. */
const INPUTS = Number(process.env.ATTACK_INPUTS ?? (ATTACKS ? 1_000_000 : WHOLE ? 3_000 : 1_000))
const SEED = Number(process.env.ATTACK_SEED ?? 1)

const MODULES = Object.values(
  import.meta.glob<FunctionModule>('../../../functions/*.ts', { import: 'default', eager: true }),
).filter(({ definition }) => definition.name !== 'openapi')
/** Those that ask the cluster; the function of the reference asks nobody. */
const CATALOG = MODULES.map(({ definition }) => definition)
const FUNCTIONS = new Map(MODULES.map((module) => [module.definition.name, module]))

/** A request before it is sent. Parts that fetch refuses are sent by no client. */
interface Input {
  readonly method: string
  readonly path: readonly string[]
  readonly query: readonly (readonly [string, string])[]
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

const PIECES = [
  '/',
  '\\',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%5c',
  '%252f',
  '%00',
  '%0d%0a',
  '%23',
  '%3f',
  ';',
  '#',
  '?',
  '@',
  ':',
  '*',
  ' ',
  '\t',
  'é',
  '％',
  '\u202e',
  '%ff',
  'edc',
  'acme',
  'globex',
  'org-acme',
  'org-globex',
  'kaphera-system',
  'kube-system',
  'secrets',
  'pods',
  'status',
  'log',
  'namespaces',
  'api',
  'apis',
  'v1',
  'm1',
  'x',
  '=',
  ',',
  '!',
  ' in (',
  ')',
  '&',
  '%26',
  'limit=1',
  'dryRun=All',
  'metadata.name=edc',
  'true',
  '1',
  '0',
  '-1',
  'All',
  'full',
  'summary',
  'afresh',
  '7',
  '"a"',
  'W/',
  'Bearer',
  'kaphera:admin',
  'system:masters',
  'application/json',
  'text/event-stream',
  'application/yaml',
  '00-',
  'a'.repeat(32),
  'b'.repeat(16),
  '-01',
  'a=b',
]
const QUERIES = [
  'limit',
  'continue',
  'labelSelector',
  'fieldSelector',
  'sort',
  'q',
  'view',
  'dryRun',
  'diff',
  'force',
  'kinds',
  'pod',
  'container',
  'tail',
  'since',
  'follow',
  'watch',
  'resourceVersion',
  'fieldManager',
  'namespace',
  'access_token',
  'organization',
  'propagationPolicy',
  'timeoutSeconds',
]
const HEADERS = [
  'Accept',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'X-Field-Manager',
  'X-Request-Id',
  'traceparent',
  'tracestate',
  'Accept-Encoding',
  'Impersonate-User',
  'Impersonate-Group',
  'Impersonate-Extra-Scopes',
  'X-Remote-User',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-HTTP-Method-Override',
  'Cookie',
  'Connection',
  'Forwarded',
  'Via',
  'DPoP',
  'Kubernetes-Audit-ID',
  'Audit-ID',
  'Origin',
  'X-A',
  'Upgrade',
  'Range',
  'baggage',
]
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Accept: ['application/json', 'application/yaml', 'text/event-stream', '*/*'],
  'Content-Type': [
    'application/json',
    'application/merge-patch+json',
    'application/json-patch+json',
    'application/apply-patch+yaml',
    'text/plain',
  ],
  'If-Match': ['*', '"a.1"'],
  'If-None-Match': ['*', '"a.1"'],
  'Last-Event-ID': ['7', 'afresh', 'connectors=7'],
  traceparent: [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01-x`],
  tracestate: ['a=b', 'a=b,c=d'],
  'X-Field-Manager': ['terraform'],
  limit: ['1', '500'],
  dryRun: ['All'],
  diff: ['1'],
  force: ['true'],
  view: ['full', 'summary', 'overview'],
  labelSelector: ['a=b', 'a in (b)'],
  fieldSelector: ['metadata.name=edc', 'status.phase=Ready'],
  kinds: ['connectors', 'vaults,connectors'],
  follow: ['true'],
  pod: ['pod-1'],
}
const BODIES = [
  '',
  '{}',
  '[]',
  '{"metadata":{"name":"x"},"spec":{}}',
  '{"spec":{"config":{"a":"b"}}}',
  '{"metadata":{"namespace":"kube-system"}}',
  '{"metadata":{"name":"../x"}}',
  '[{"op":"add","path":"/spec/config","value":{}}]',
  '{"replicas":1}',
  '{"metadata":{"labels":{"a":"b"},"annotations":{"a":"b"}}}',
  '{"items":[]}',
  'a: b',
  '{"cells":["edc"]}',
]

const hostile = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''))
const segment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('edc', 'acme', 'm1') },
  { weight: 2, arbitrary: hostile },
)
const path = fc.constantFrom(...CATALOG.flatMap(({ routes }) => routes)).chain((route) =>
  fc.tuple(
    ...route
      .split('/')
      .slice(1)
      .map((part) => (part.startsWith(':') ? segment : fc.constant(part))),
  ),
)
const pair = (names: readonly string[]): fc.Arbitrary<readonly [string, string]> =>
  fc.constantFrom(...names).chain((name) => {
    const known = VALUES[name]
    const value =
      known === undefined
        ? hostile
        : fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: hostile })
    return fc.tuple(fc.constant(name), value)
  })
const input: fc.Arbitrary<Input> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'),
  path,
  query: fc.array(pair(QUERIES), { maxLength: 2 }),
  headers: fc.array(pair(HEADERS), { maxLength: 3 }),
  body: fc.constantFrom(...BODIES),
})

/** Takes parts of one input into another. */
function crossed(base: Input, other: Input, at: number): Input {
  const parts: Partial<Input>[] = [
    { method: other.method },
    { path: other.path },
    { query: other.query },
    { headers: other.headers },
    { body: other.body },
  ]
  return { ...base, ...parts[at % parts.length] }
}

function requestOf({ method, path, query, headers, body }: Input, token: string): Request | undefined {
  const search = query.map(([name, value]) => `${name}=${value}`).join('&')
  try {
    const all = new Headers({ Authorization: `Bearer ${token}` })
    for (const [name, value] of headers) all.append(name, value)
    const hasBody = body !== '' && !['GET', 'HEAD'].includes(method)
    if (hasBody && !all.has('Content-Type'))
      all.set('Content-Type', method === 'PATCH' ? 'application/merge-patch+json' : 'application/json')
    return new Request(`${ORIGIN}/${path.join('/')}${search && `?${search}`}`, {
      method,
      headers: all,
      ...(hasBody && { body }),
    })
  } catch {
    return undefined
  }
}

it(`CVE-2022-3162, CVE-2022-23652: nothing unexpected reaches the cluster, in ${INPUTS} requests`, {
  timeout: 7_200_000,
}, async () => {
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    const spy = vi.spyOn(console, method).mockImplementation(() => undefined)
    onTestFinished(() => spy.mockRestore())
  }
  const key = await signingKey('k1')
  const token = await sign(key, keycloakClaims({ sub: 'ada', exp: Math.floor(Date.now() / 1000) + 86_400 }))
  const covered = new Set<string>()
  const faults: string[] = []
  let current: Input | undefined
  let names: readonly string[] = []
  let isNew = false
  let [sent, upstream, corpusSize] = [0, 0, 0]
  const environmentOf = (identity: 'function' | 'impersonate'): Environment => {
    const kube: Fetcher = {
      async fetch(address, init) {
        const request = new Request(address, init)
        upstream += 1
        const fault = unexpected(request, identity === 'impersonate', names)
        if (fault !== undefined && faults.length < 20) faults.push(`${fault} by ${JSON.stringify(current)}`)
        const mark = signature(request)
        if (!covered.has(mark)) isNew = true
        covered.add(mark)
        return answer(request)
      },
    }
    const env: Environment = {
      ...environment(new FakeIssuer([key]), kube, {
        KUBE_IDENTITY: identity,
        CONTINUE_SECRET: 'secret',
      } as Partial<Environment>),
      CATALOG,
    }
    for (const [name, module] of FUNCTIONS) {
      Object.assign(env, {
        [functionBinding(name)]: {
          fetch: (address: Request, init?: RequestInit) =>
            module.fetch(new Request(address, init), env, new FakeContext()),
        },
      })
    }
    return env
  }
  const environments = [environmentOf('function'), environmentOf('impersonate')] as const
  const router = createRouter(CATALOG)
  const corpus: Input[] = []
  const statuses = new Map<number, number>()
  const fresh = fc.sample(input, { numRuns: Math.min(INPUTS, 50_000), seed: SEED })
  for (let at = 0; at < INPUTS; at += 1) {
    const one = fresh[(at * 7919) % fresh.length] as Input
    const other = fresh[(at * 104_729 + 1) % fresh.length] as Input
    const base = at % 2 === 0 && corpus.length > 0 ? (corpus[(at >> 1) % corpus.length] as Input) : one
    current = crossed(base, other, at >> 2)
    const request = requestOf(current, token)
    if (request === undefined) continue
    const { pathname } = new URL(request.url)
    // Of two questions that are asked at once, one can follow the answer that the other has led to.
    names = [...names.slice(-12), ...pathname.split('/')]
    const name = router(pathname)
    const module = FUNCTIONS.get(name ?? 'gateway')
    isNew = false
    const client = new AbortController()
    const response = await module?.fetch(
      new Request(request, { signal: client.signal }),
      environments[at % 2] as Environment,
      new FakeContext(),
    )
    statuses.set(response?.status ?? 0, (statuses.get(response?.status ?? 0) ?? 0) + 1)
    if ((response?.status ?? 500) >= 500 && faults.length < 20)
      faults.push(`${response?.status} ${await response?.text()} by ${JSON.stringify(current)}`)
    await response?.body?.cancel().catch(() => undefined)
    client.abort()
    sent += 1
    if (isNew) corpus.push(current)
    corpusSize = corpus.length
  }
  // The console is kept silent, because it is the log of the functions.
  process.stdout.write(
    `${sent} requests, ${upstream} to the cluster of ${covered.size} kinds, ${corpusSize} inputs with something new; ${JSON.stringify([...statuses])}\n`,
  )
  expect(faults).toEqual([])
  // Few requests reach the cluster in few ways.
  expect(covered.size).toBeGreaterThan(INPUTS < 3_000 ? 30 : 100)
})
