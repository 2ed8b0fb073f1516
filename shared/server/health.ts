/**
 * Whether the server lives (`/healthz`) and can do its work (`/readyz`).
 * @module
 */
import { configurationProblem, issuerReadiness } from '../auth/index.ts'
import { represent } from '../http/negotiate.ts'
import { readQuery } from '../http/query.ts'
import type { PublicCall, Route } from './call.ts'
import type { RouteDocument } from './route-document.ts'

/** One thing that the server needs. */
interface Check {
  readonly name: 'configuration' | 'cluster' | 'issuer'
  readonly ok: boolean
  /** What is wrong, or how old the keys are; never a secret or an address. */
  readonly detail?: string | undefined
}

const STATUS = { type: 'string', enum: ['ok', 'unavailable'] }

const HEALTH: RouteDocument = {
  operation: 'own',
  name: 'getHealth',
  summary: 'Whether the server lives',
  mediaType: 'application/json',
  output: { type: 'object', required: ['status'], properties: { status: STATUS } },
}
const READINESS: RouteDocument = {
  operation: 'own',
  name: 'getReadiness',
  summary: 'Whether the server can do its work; `verbose` says what is missing',
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

/** The paths that probes ask; every function has them. */
export const healthRoutes: readonly Route[] = [
  { method: 'GET', path: '/healthz', public: true, document: HEALTH, handle: health },
  { method: 'GET', path: '/readyz', public: true, document: READINESS, handle: readiness },
]

async function health(): Promise<Response> {
  return represent({ status: 'ok' }, 'application/json', { headers: { 'Cache-Control': 'no-store' } })
}

/** 200 if requests can be answered, else 503; `?verbose` says what is missing. */
async function readiness(call: PublicCall): Promise<Response> {
  const { verbose } = readQuery(call.url, ['verbose'])
  const checks = await Promise.all([configuration(call), cluster(call), issuer(call)])
  const ok = checks.every((check) => check.ok)
  const body = { status: ok ? 'ok' : 'unavailable', ...(verbose !== undefined && { checks }) }
  const headers = { 'Cache-Control': 'no-store', ...(!ok && { 'Retry-After': '5' }) }
  return represent(body, 'application/json', { status: ok ? 200 : 503, headers })
}

async function configuration(call: PublicCall): Promise<Check> {
  const detail = configurationProblem(call.env)
  return { name: 'configuration', ok: detail === undefined, detail }
}

async function cluster(call: PublicCall): Promise<Check> {
  try {
    await call.kube.version()
    return { name: 'cluster', ok: true }
  } catch {
    return {
      name: 'cluster',
      ok: false,
      detail: 'the API server cannot be reached with the credentials of this server',
    }
  }
}

async function issuer(call: PublicCall): Promise<Check> {
  return { name: 'issuer', ...(await issuerReadiness(call.env, call.ctx)) }
}
