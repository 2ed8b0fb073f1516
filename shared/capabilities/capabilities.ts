/**
 * `GET /capabilities`: which server this is, what it can do, and how to sign in. A client that knows only the address
 * needs nothing else.
 * @module
 */

import { configurationProblem, publicOrigin, resourceMetadataUrl, type SignIn, signIn } from '../auth/index.ts'
import { BODY_LIMIT } from '../http/body.ts'
import { negotiate, represent } from '../http/negotiate.ts'
import { DEFAULT_LIMIT, MAX_LIMIT } from '../http/page-size.ts'
import { WAIT_LIMIT } from '../http/prefer.ts'
import { readQuery } from '../http/query.ts'
import type { ResourceDescription } from '../kind/description.ts'
import { scanLimit, watchSeconds } from '../runtime/settings.ts'
import type { PublicCall } from '../server/call.ts'
import { functionsOf } from '../server/definition.ts'
import { authenticated } from '../server/serve.ts'
import { kindsOf, pathOf } from './catalogue.ts'
import { type Features, featuresOf } from './features.ts'
import { type CallerPermissions, callerPermissions } from './permissions.ts'
import { CAPABILITIES_VERSION } from './schema.ts'
import { servedPlurals } from './served.ts'
import { SERVER } from './version.ts'

/** The document. */
export interface Capabilities {
  /** Where its JSON Schema is. */
  readonly $schema: string
  readonly apiVersion: typeof CAPABILITIES_VERSION
  readonly kind: 'Capabilities'
  readonly server: typeof SERVER
  readonly features: Features
  readonly resources: readonly ResourceCapabilities[]
  /** How to sign in; null while it is not configured. */
  readonly signIn: (SignIn & SignInAddresses) | null
  readonly limits: Limits
  readonly links: Readonly<Record<'openapi' | 'docs' | 'me', string>>
  /** What the caller may do; only with a token. */
  readonly permissions?: CallerPermissions
}

/** A kind and what can be done to it. */
export interface ResourceCapabilities extends ResourceDescription {
  /** Of its collection, as a URI template (RFC 6570). */
  readonly path: string
  /** Whether the cluster has the kind; null as long as it has not said so. */
  readonly served: boolean | null
}

/** Addresses that a client needs to sign in. */
export interface SignInAddresses {
  /** Metadata of this resource (RFC 9728). */
  readonly resourceMetadata: string
}

/** What a request may ask for. */
export interface Limits {
  readonly bodyBytes: number
  readonly listLimit: { readonly default: number; readonly max: number }
  /** Objects that `sort` and `q` look at. */
  readonly scanLimit: number
  /** Seconds that `Prefer: wait` can ask for. */
  readonly waitSeconds: number
  /** Seconds after which a stream of events ends itself. */
  readonly watchSeconds: number
}

/** Answers the document. A token is not needed, but a bad one is refused: its bearer wants to know. */
export async function capabilities(call: PublicCall): Promise<Response> {
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const signed = call.request.headers.has('Authorization') ? await authenticated(call) : undefined
  const document = await describeServer(call)
  const permissions = signed && (await callerPermissions(call.env, signed.authoriser))
  const headers = {
    'Cache-Control': signed === undefined ? 'public, max-age=60' : 'private, no-store',
    Vary: 'Authorization',
  }
  return represent(permissions === undefined ? document : { ...document, permissions }, as, { headers })
}

async function describeServer(call: PublicCall): Promise<Capabilities> {
  const { env } = call
  const origin = publicOrigin(call.url.href, env)
  return {
    $schema: `${origin}/capabilities/schema`,
    apiVersion: CAPABILITIES_VERSION,
    kind: 'Capabilities',
    server: SERVER,
    features: featuresOf(functionsOf(env)),
    resources: await resourceCapabilities(call),
    signIn:
      configurationProblem(env) === undefined
        ? { ...signIn(env), resourceMetadata: resourceMetadataUrl(origin) }
        : null,
    limits: {
      bodyBytes: BODY_LIMIT,
      listLimit: { default: DEFAULT_LIMIT, max: MAX_LIMIT },
      scanLimit: scanLimit(env),
      waitSeconds: WAIT_LIMIT,
      watchSeconds: watchSeconds(env),
    },
    links: { openapi: '/openapi.json', docs: '/docs', me: '/v1/me' },
  }
}

async function resourceCapabilities(call: PublicCall): Promise<ResourceCapabilities[]> {
  const kinds = kindsOf(call.env)
  const versions = new Map(kinds.map(({ group, version }) => [`${group}/${version}`, { group, version }]))
  const served = new Map(
    await Promise.all(
      [...versions].map(async ([key, { group, version }]) => {
        return [key, await servedPlurals(call, call.kube, group, version)] as const
      }),
    ),
  )
  return kinds.map((kind) => {
    const plurals = served.get(`${kind.group}/${kind.version}`)
    return { path: pathOf(kind), ...kind, served: plurals?.includes(kind.plural) ?? null }
  })
}
