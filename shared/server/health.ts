/**
 * Health (`/healthz`) and readiness (`/readyz`).
 */
import { configurationErrors, issuerReadiness } from '../auth/index.ts'
import { represent } from '../http/negotiate.ts'
import { readQuery } from '../http/query.ts'
import { CachedValue } from '../runtime/cached-value.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { isTraced } from '../runtime/trace.ts'
import type { PublicCall, Route } from './call.ts'
import { PROBES } from './probes.ts'
import type { RouteOpenApi } from './route-openapi.ts'

/** The state of something that the server needs. */
interface Check {
  readonly name: 'configuration' | 'cluster' | 'issuer'
  readonly ok: boolean
  /** What is wrong, or how old the keys are. Never a secret or an address. */
  readonly detail?: string | undefined
}

const STATUS = { type: 'string', enum: ['ok', 'unavailable'] }

const HEALTH: RouteOpenApi = {
  operation: 'custom',
  name: 'getHealth',
  summary: 'Whether the server is alive',
  mediaType: 'application/json',
  output: { type: 'object', required: ['status'], properties: { status: STATUS } },
}
const READINESS: RouteOpenApi = {
  operation: 'custom',
  name: 'getReadiness',
  summary: 'Whether the server is ready; `verbose` says what is missing',
  query: ['verbose'],
  mediaType: 'application/json',
  statuses: [200, 503],
  output: {
    type: 'object',
    required: ['status'],
    properties: {
      status: STATUS,
      checks: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'ok'],
          properties: { name: { type: 'string' }, ok: { type: 'boolean' }, detail: { type: 'string' } },
        },
      },
    },
  },
}

/** The routes for probes. Every function has them. */
export const healthRoutes: readonly Route[] = [
  { method: 'GET', path: PROBES.health, public: true, openapi: HEALTH, handle: health },
  { method: 'GET', path: PROBES.readiness, public: true, openapi: READINESS, handle: readiness },
]

async function health(): Promise<Response> {
  return represent({ status: 'ok' }, 'application/json', { headers: { 'Cache-Control': 'no-store' } })
}

/** 200 if the server is ready, else 503. `?verbose` says what is missing. */
async function readiness(call: PublicCall): Promise<Response> {
  const { verbose } = readQuery(call.url, ['verbose'])
  const checks = await Promise.all([configuration(call), cluster(call), issuer(call)])
  const ok = checks.every((check) => check.ok)
  const body = { status: ok ? 'ok' : 'unavailable', ...(verbose !== undefined && { checks }) }
  const headers = { 'Cache-Control': 'no-store', ...(!ok && { 'Retry-After': '5' }) }
  return represent(body, 'application/json', { status: ok ? 200 : 503, headers })
}

async function configuration(call: PublicCall): Promise<Check> {
  const errors = [...configurationErrors(call.env)]
  if (isTraced(call.env)) errors.push(...(await import('../tracing/settings.ts')).readTracing(call.env).errors)
  return { name: 'configuration', ok: errors.length === 0, detail: errors.join('; ') || undefined }
}

/** Anybody may ask, as often as they like. One request to the API server in a second is enough for all. */
const versionOf = perEnvironment(
  () => new CachedValue<string>({ ttl: 1_000, refreshAfter: 1_000, lease: 10_000, retryAfter: 1_000 }),
)

async function cluster(call: PublicCall): Promise<Check> {
  try {
    await versionOf(call.env).get(() => call.kube.version(), call.ctx)
    return { name: 'cluster', ok: true }
  } catch {
    return {
      name: 'cluster',
      ok: false,
      detail: 'The API server cannot be reached with the credentials of this server.',
    }
  }
}

async function issuer(call: PublicCall): Promise<Check> {
  return { name: 'issuer', ...(await issuerReadiness(call.env, call.ctx)) }
}
