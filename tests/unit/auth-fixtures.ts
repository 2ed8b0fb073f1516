/** An issuer, a cluster and an environment for tests of authentication and authorisation; nothing leaves the process. */
import {
  type CryptoKey,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import type { Environment, ExecutionContext, Fetcher } from '../../shared/runtime/environment.ts'

/** Issuer of most tests, as clients see it. */
export const ISSUER = 'https://id.example/realms/kaphera'
/** What tokens must be for. */
export const AUDIENCE = 'kaphera-cloud-server'
/** Where clients reach the server. */
export const ORIGIN = 'https://api.example'

/** A key pair with the key as it is published. */
export interface SigningKey extends GenerateKeyPairResult {
  readonly alg: string
  readonly jwk: JWK
}

/** A new key pair. */
export async function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  return { ...pair, alg, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' } }
}

/** An issuer: a discovery document and keys, as long as it is not told to misbehave. */
export class FakeIssuer implements Fetcher {
  readonly issuer: string
  /** Addresses that were asked. */
  readonly calls: string[] = []
  keys: JWK[]
  /** Answers in place of the usual; by the end of the path. */
  answers: Record<string, () => Response | Promise<Response>> = {}
  /** Whether no request is answered. */
  isDown = false

  constructor(keys: readonly SigningKey[], issuer = ISSUER) {
    this.issuer = issuer
    this.keys = keys.map(({ jwk }) => jwk)
  }

  async fetch(input: Request | string, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    this.calls.push(request.url)
    if (request.redirect !== 'manual') throw new TypeError('a redirect would be followed')
    if (this.isDown) throw new TypeError('connection refused')
    for (const [end, answer] of Object.entries(this.answers)) if (request.url.endsWith(end)) return answer()
    if (request.url.endsWith('/.well-known/openid-configuration')) {
      return Response.json({ issuer: this.issuer, jwks_uri: `${this.issuer}/certs` })
    }
    if (request.url.endsWith('/certs')) return Response.json({ keys: this.keys })
    return new Response(null, { status: 404 })
  }
}

/** Several issuers behind one binding, by the start of the address. */
export function issuers(...all: readonly FakeIssuer[]): Fetcher {
  return {
    async fetch(input, init) {
      const url = typeof input === 'string' ? input : input.url
      const issuer = all.find((candidate) => url.startsWith(candidate.issuer))
      if (issuer === undefined) throw new TypeError(`nobody is at ${url}`)
      return issuer.fetch(input, init)
    },
  }
}

/** Claims, some of which may be `undefined`: then they are left out. */
export type Claims = Readonly<Record<string, unknown>>

/** Claims of an access token as Keycloak writes them. */
export function keycloakClaims(claims: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: ISSUER,
    aud: [AUDIENCE, 'account'],
    sub: '6f0a5d0e-6a0c-4a5f-9d43-0c1f7f3c1a01',
    typ: 'Bearer',
    azp: 'kaphera-cli',
    iat: now,
    exp: now + 300,
    jti: crypto.randomUUID(),
    scope: 'openid email profile',
    preferred_username: 'ada',
    email: 'ada@example.com',
    email_verified: true,
    ...claims,
  }
}

/** A signed token. A claim or header that is `undefined` is left out. */
export async function sign(
  key: { readonly privateKey: CryptoKey; readonly alg: string; readonly jwk: JWK },
  claims: Claims = keycloakClaims(),
  header: Record<string, unknown> = {},
): Promise<string> {
  const protectedHeader = defined({ alg: key.alg, kid: key.jwk.kid, typ: 'JWT', ...header })
  return new SignJWT(defined(claims)).setProtectedHeader(protectedHeader as JWTHeaderParameters).sign(key.privateKey)
}

/** A text in base64url. */
export function base64url(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url')
}

function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

/** A custom object, or any other. */
export interface FakeObject {
  apiVersion?: string
  kind?: string
  metadata: Record<string, unknown> & { name: string; namespace?: string; labels?: Record<string, string> }
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
}

/** A cluster that knows some objects, by plural, and keeps the requests that it got. */
export class FakeCluster implements Fetcher {
  readonly requests: Request[] = []
  readonly objects: Record<string, FakeObject[]> = { organizations: [], namespaces: [], organizationmembers: [] }

  async fetch(input: Request | string, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    this.requests.push(request)
    const { pathname, searchParams } = new URL(request.url)
    const segments = pathname.split('/').slice(pathname.startsWith('/apis/') ? 4 : 3)
    const namespace = segments[0] === 'namespaces' && segments.length > 2 ? segments[1] : undefined
    const [plural = '', name] = namespace === undefined ? segments : segments.slice(2)
    const found = (this.objects[plural] ?? []).filter(
      (object) =>
        (namespace === undefined || object.metadata.namespace === namespace) &&
        (name === undefined || object.metadata.name === name) &&
        (!searchParams.get('labelSelector') || object.metadata.labels?.[searchParams.get('labelSelector') ?? '']),
    )
    if (name === undefined) return Response.json({ metadata: {}, items: found })
    if (found[0] !== undefined) return Response.json(found[0])
    const status = { kind: 'Status', reason: 'NotFound', code: 404, details: { name, kind: plural } }
    return Response.json(status, { status: 404 })
  }

  /** Adds an organisation with its namespace. */
  addOrganization(name: string, spec: Record<string, unknown> = {}): this {
    const namespace = typeof spec.namespace === 'string' ? spec.namespace : `org-${name}`
    this.objects.organizations?.push({
      metadata: { name, namespace: 'kaphera-system' },
      spec: { displayName: name, ...spec },
    })
    this.objects.namespaces?.push({
      metadata: { name: namespace, labels: { 'cloud.kaphera.com/organization': name } },
    })
    return this
  }

  /** Adds a member. */
  addMember(
    organization: string,
    subject: Record<string, unknown>,
    role: string,
    more: { spec?: Record<string, unknown>; status?: Record<string, unknown>; metadata?: Record<string, unknown> } = {},
  ): this {
    this.objects.organizationmembers?.push({
      metadata: {
        name: `m${this.objects.organizationmembers.length}`,
        namespace: `org-${organization}`,
        ...more.metadata,
      },
      spec: { subject, role, ...more.spec },
      status: more.status ?? {},
    })
    return this
  }
}

/** The hooks of a request; `settled` waits for what goes on after the answer. */
export class FakeContext implements ExecutionContext {
  readonly #pending: Promise<unknown>[] = []

  waitUntil(promise: Promise<unknown>): void {
    this.#pending.push(promise)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }
}

/** An environment with these parts. */
export function environment(
  oidc: Fetcher,
  kube: Fetcher = new FakeCluster(),
  settings: Partial<Environment> = {},
): Environment {
  return {
    KUBE: kube,
    KUBE_TOKEN: { fetch: async () => new Response('service-account-token') },
    OIDC: oidc,
    OIDC_ISSUER: ISSUER,
    OIDC_AUDIENCE: AUDIENCE,
    ...settings,
  }
}

/** A request with a token. */
export function requestWith(
  token: string | undefined,
  init: RequestInit & { path?: string; scheme?: string } = {},
): Request {
  const { path = '/v1/me', scheme = 'Bearer', ...rest } = init
  const headers = new Headers(rest.headers)
  if (token !== undefined) headers.set('Authorization', `${scheme} ${token}`)
  return new Request(ORIGIN + path, { ...rest, headers })
}
