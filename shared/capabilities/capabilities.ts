/**
 * `GET /capabilities`: which server this is, what it can do, and how to sign in. A client that knows only the address
 * needs nothing else.
 */

import { configurationErrors, publicOrigin, resourceMetadataUrl, type SignIn, signIn } from '../auth/index.ts'
import { BODY_LIMIT } from '../http/body.ts'
import { VALUES_LIMIT } from '../http/json.ts'
import { negotiate, represent } from '../http/negotiate.ts'
import { DEFAULT_LIMIT, MAX_LIMIT } from '../http/page-size.ts'
import { WAIT_LIMIT } from '../http/prefer.ts'
import { readQuery } from '../http/query.ts'
import type { KindDescription } from '../kind/description.ts'
import { scanLimit, watchSeconds } from '../runtime/settings.ts'
import type { Call, PublicCall } from '../server/call.ts'
import { functionsOf } from '../server/definition.ts'
import { kindsOf, pathOf } from './catalog.ts'
import { type Features, featuresOf } from './features.ts'
import { type CallerPermissions, callerPermissions } from './permissions.ts'
import { CAPABILITIES_VERSION } from './schema.ts'
import { servedPlurals } from './served.ts'
import { SERVER } from './version.ts'

/** The answer of `GET /capabilities`. */
export interface Capabilities {
  /** URL of its JSON Schema. */
  readonly $schema: string
  readonly apiVersion: typeof CAPABILITIES_VERSION
  readonly kind: 'Capabilities'
  readonly server: typeof SERVER
  readonly features: Features
  readonly resources: readonly ResourceCapabilities[]
  /** How to sign in; null if sign-in is not configured. */
  readonly signIn: (SignIn & SignInAddresses) | null
  readonly limits: Limits
  readonly links: Readonly<Record<'openapi' | 'docs' | 'me', string>>
  /** What the caller may do; absent without a token. */
  readonly permissions?: CallerPermissions
}

/** A kind, and what can be done to it. */
export interface ResourceCapabilities extends KindDescription {
  /** Path of its collection as a URI template (RFC 6570). */
  readonly path: string
  /** Whether the cluster serves the kind; null until the cluster has answered. */
  readonly served: boolean | null
}

/** Addresses that a client needs to sign in. */
export interface SignInAddresses {
  /** Metadata of this resource (RFC 9728). */
  readonly resourceMetadata: string
}

/** Limits of a request. */
export interface Limits {
  readonly bodyBytes: number
  /** Largest number of values in the body for one object, of scalars, lists and objects together. */
  readonly bodyValues: number
  readonly listLimit: { readonly default: number; readonly max: number }
  /** Largest number of objects that `sort` and `q` read. */
  readonly scanLimit: number
  /** Largest number of seconds that `Prefer: wait` accepts. */
  readonly waitSeconds: number
  /** Seconds after which the server ends an event stream. */
  readonly watchSeconds: number
}

/** Answers `GET /capabilities`. A token is optional, but an invalid one is refused, so that its bearer learns of it. */
export async function capabilities(call: PublicCall | Call): Promise<Response> {
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const document = await describeServer(call)
  if ('authorizer' in call) {
    return represent({ ...document, permissions: await callerPermissions(call.env, call.authorizer) }, as)
  }
  return represent(document, as, { headers: { 'Cache-Control': 'public, max-age=60', Vary: 'Authorization' } })
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
      configurationErrors(env).length === 0 ? { ...signIn(env), resourceMetadata: resourceMetadataUrl(origin) } : null,
    limits: {
      bodyBytes: BODY_LIMIT,
      bodyValues: VALUES_LIMIT,
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
