/** All functions over an embedded cluster, without a runtime: two companies, a dataspace authority and the platform. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import bulkApply from '../../functions/apply.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { type LocalCluster, startLocalCluster } from '../../infra/local/cluster/index.ts'
import { functionBinding } from '../../shared/gateway/binding.ts'
import { createRouter } from '../../shared/gateway/router.ts'
import type { Environment, Fetcher } from '../../shared/runtime/environment.ts'
import type { FunctionModule } from '../../shared/server/definition.ts'
import { samples } from '../contract/samples.ts'
import { environment, FakeContext, FakeIssuer, keycloakClaims, ORIGIN, sign, signingKey } from './auth-fixtures.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests only
export type Json = any

/** Every function that serves a kind, by its name. */
export const FUNCTIONS: Readonly<Record<string, FunctionModule>> = await loadFunctions()

async function loadFunctions(): Promise<Record<string, FunctionModule>> {
  const directory = join(PROJECT, 'functions')
  const names = readdirSync(directory).flatMap((name) => /^([a-z]+)\.ts$/.exec(name)?.[1] ?? [])
  const modules = await Promise.all(
    names.map(
      async (name): Promise<[string, FunctionModule]> => [name, (await import(join(directory, `${name}.ts`))).default],
    ),
  )
  return Object.fromEntries(modules.filter(([, { definition }]) => definition.resource !== undefined))
}

const SAMPLES = new Map((await samples()).map((sample) => [sample.plural, sample]))

/** A valid object of a kind, with some fields of its spec changed. */
export function sample(plural: string, name: string, spec: Json = {}, metadata: Json = {}): Json {
  const found = SAMPLES.get(plural)
  if (found === undefined) throw new Error(`there is no kind ${plural}`)
  const { apiVersion, kind } = found
  return { apiVersion, kind, metadata: { name, ...metadata }, spec: { ...structuredClone(found.spec), ...spec } }
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Json
}

/** What a request has beside method and path. */
export interface Ask {
  /** JSON, or a text as it is. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Settings of the function beside the usual. */
  readonly settings?: Partial<Environment>
  /** Claims of the token beside the usual. */
  readonly claims?: Record<string, unknown>
  /** What the client leaves by. */
  readonly signal?: AbortSignal
}

/** A caller. */
export type Caller = (method: string, path: string, ask?: Ask) => Promise<Answer>

/** A caller who gets answers unread. */
export type Opener = (method: string, path: string, ask?: Ask) => Promise<Response>

/** A landscape. */
export interface World {
  readonly cluster: LocalCluster
  /**
   * Somebody with a role in an organisation, who is a member from now on.
   * @param organization - Its name, or `platform`
   */
  as(role: string, organization: string): Promise<Caller>
  /** As `as`, for answers that are not read to their end. */
  opens(role: string, organization: string, member?: Json): Promise<Opener>
  /** Asks the cluster itself, as an operator or an administrator with kubectl does. */
  kube: Caller
  /** Puts an object into an organisation's namespace (or the platform's), past this API. */
  put(plural: string, organization: string, object: Json): Promise<Json>
  /** The object as it is stored. */
  stored(plural: string, organization: string, name: string): Promise<Json>
}

/** The namespace of an organisation, or of the platform. */
export function namespaceOf(organization: string): string {
  return organization === 'platform' ? 'kaphera-system' : `org-${organization}`
}

/** What a landscape has beside what the project has. */
export interface WorldOptions {
  /** Directories of CRDs (default: the project's). */
  readonly crds?: readonly string[]
  readonly functions?: Readonly<Record<string, FunctionModule>>
}

/** Starts a landscape that is gone after the test. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const functions: Readonly<Record<string, FunctionModule>> = { ...FUNCTIONS, apply: bulkApply, ...options.functions }
  const cluster = await startLocalCluster({ crds: options.crds })
  onTestFinished(() => cluster.stop())
  const key = await signingKey('k1')
  const issuer = new FakeIssuer([key])
  const catalogue = Object.values(functions).map(({ definition }) => definition)
  const router = createRouter(catalogue)
  const policy = { platformRoles: [{ claim: 'groups', value: 'platform', role: 'platform-admin' }] }

  const upstream: Fetcher = {
    fetch(input, init) {
      const request = new Request(input, init)
      const { pathname, search } = new URL(request.url)
      return fetch(
        cluster.url + pathname + search,
        request.body === null ? request : ({ ...copy(request), duplex: 'half' } as RequestInit),
      )
    },
  }
  // What was remembered of organisations is bound to the environment: each request has one of its own.
  const env = (): Environment => ({
    ...environment(issuer, upstream, { AUTH_POLICY: JSON.stringify(policy) }),
    KUBE_TOKEN: { fetch: async () => new Response(cluster.token) },
    CATALOGUE: catalogue,
    ...Object.fromEntries(
      Object.entries(functions).map(([name, module]): [string, Fetcher] => [
        functionBinding(name),
        { fetch: async (input, init) => module.fetch(new Request(input, init), env(), new FakeContext()) },
      ]),
    ),
  })

  const kube: Caller = async (method, path, { body, headers = {} } = {}) =>
    read(
      await fetch(cluster.url + path, {
        method,
        headers: { Authorization: `Bearer ${cluster.token}`, 'Content-Type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )

  const put = async (plural: string, organization: string, object: Json): Promise<Json> => {
    const namespace = namespaceOf(organization)
    const answer = await kube('POST', `/apis/${object.apiVersion}/namespaces/${namespace}/${plural}`, { body: object })
    if (answer.status !== 201) throw new Error(`cannot put ${plural}: ${answer.text}`)
    if (object.status === undefined) return answer.body
    const path = `/apis/${object.apiVersion}/namespaces/${namespace}/${plural}/${object.metadata.name}/status`
    return (await kube('PUT', path, { body: { ...answer.body, status: object.status } })).body
  }

  const namespace = async (name: string, labels: Json): Promise<void> => {
    await kube('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    })
  }
  await namespace('kaphera-system', {})
  for (const organization of ['acme', 'globex', 'authority']) {
    await namespace(namespaceOf(organization), { 'cloud.kaphera.com/organization': organization, side: organization })
    await put('organizations', 'platform', sample('organizations', organization, { displayName: organization }))
  }

  let people = 0
  const opens = async (role: string, organization: string, member: Json = {}): Promise<Opener> => {
    people += 1
    const sub = `${organization}-${role}-${people}`
    if (organization !== 'platform') {
      const spec = { subject: { kind: 'User', id: sub }, role, ...member }
      await put('organizationmembers', organization, { ...sample('organizationmembers', sub), spec })
    }
    const groups = organization === 'platform' ? ['platform'] : []
    return async (method, path, { body, headers = {}, settings, claims, signal } = {}) => {
      const token = await sign(key, keycloakClaims({ sub, preferred_username: sub, groups, ...claims }))
      const name = router(new URL(path, ORIGIN).pathname)
      if (name === undefined) throw new Error(`no function serves ${path}`)
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const request = new Request(ORIGIN + path, {
        method,
        headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { 'Content-Type': type }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      })
      return (await functions[name]?.fetch(request, { ...env(), ...settings }, new FakeContext())) as Response
    }
  }
  return {
    cluster,
    opens,
    kube,
    put,
    async stored(plural, organization, name) {
      const { apiVersion } = sample(plural, name)
      return (await kube('GET', `/apis/${apiVersion}/namespaces/${namespaceOf(organization)}/${plural}/${name}`)).body
    },
    async as(role, organization) {
      const open = await opens(role, organization)
      return async (method, path, ask) => read(await open(method, path, ask))
    },
  }
}

/** Removes all members of the organisation `acme`, past this API. */
export async function removeMembers({ kube }: World): Promise<void> {
  const members = '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers'
  const { body } = await kube('GET', members)
  for (const { metadata } of body.items) await kube('DELETE', `${members}/${metadata.name}`)
}

function copy({ method, headers, body, redirect, signal }: Request): RequestInit {
  return { method, headers, body, redirect, signal }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  }
}
