/**
 * The way of a request, the same for every function:
 * request id -> CORS -> limits -> authenticate -> authorise -> validate -> Kubernetes -> present -> audit line.
 * The first four and the last are here; the middle is the route's handler.
 * @module
 */

import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono/tiny'
import { authenticate, createAuthoriser } from '../auth/index.ts'
import { Problem, problemResponse } from '../http/problem.ts'
import { createKubeClient } from '../kube/index.ts'
import type { Environment } from '../runtime/environment.ts'
import { explain, log, logDecision } from '../runtime/log.ts'
import { observeRequest } from '../runtime/metrics.ts'
import type { Call, Method, PublicCall, Route } from './call.ts'
import { compress } from './compress.ts'
import { crossOrigin } from './cors.ts'
import type { FunctionDefinition, FunctionModule } from './definition.ts'
import { healthRoutes } from './health.ts'
import { checkLimits } from './limits.ts'
import { countRequest } from './rate-limit.ts'
import { requestId, traceId, traceParent } from './request-id.ts'

type App = {
  Bindings: Environment
  Variables: { call: PublicCall; route?: string; own?: Readonly<Record<string, string>> }
}
type HonoContext = Parameters<Hono<App>['fetch']>[2]

/**
 * A function made of routes.
 * @param definition - What it says about itself
 * @param routes - Its methods and paths
 */
export function serve(definition: FunctionDefinition, routes: readonly Route[]): FunctionModule {
  const app = new Hono<App>()
  app.use(observe(definition.name))
  app.use(crossOrigin<App>())
  app.use(limits())
  const all = [...routes, ...healthRoutes]
  for (const path of new Set(all.map((route) => route.path))) {
    app.all(path, dispatch(all.filter((route) => route.path === path)))
  }
  app.notFound((c) =>
    problemResponse(
      new Problem('not_found', 'Nothing is served at this path; /openapi.json has all that is, /docs shows it.'),
      about(c),
    ),
  )
  app.onError((error, c) => problemResponse(asProblem(error, c), about(c)))
  return {
    fetch: async (request, env, ctx) => compress(request, await app.fetch(request, env, ctx as HonoContext)),
    definition,
    routes,
    async metrics() {
      const { metricsText } = await import('../runtime/metrics-text.ts')
      return metricsText(definition.name)
    },
  }
}

/** Gives the request its id, and writes its audit line when it is done. */
function observe(name: string): MiddlewareHandler<App> {
  return async function observe(c, next) {
    const started = Date.now()
    const request = c.req.raw
    const url = new URL(request.url)
    const id = requestId(request)
    const kube = createKubeClient(c.env, traceParent(request))
    const warnings: string[] = []
    const audit = {
      function: name,
      requestId: id,
      traceId: traceId(request),
      method: request.method,
      path: url.pathname,
    }
    c.set('call', { request, url, env: c.env, ctx: c.executionCtx, requestId: id, params: {}, kube, warnings, audit })
    await next()
    kube.release()
    c.res.headers.set('X-Request-Id', id)
    c.res.headers.set('X-Content-Type-Options', 'nosniff')
    if (c.var.own !== undefined) ownAnswer(c.res, c.var.own)
    for (const warning of [...kube.warnings, ...warnings]) c.res.headers.append('Warning', warning)
    const durationMs = Date.now() - started
    c.res.headers.set('Server-Timing', `total;dur=${durationMs}`)
    // What a client wants to wait says nothing of how fast this is.
    const ownMs = durationMs - (c.var.call.audit.waitedMs ?? 0)
    observeRequest(request.method, c.var.route ?? 'none', c.res.status, ownMs)
    const code = c.error === undefined ? undefined : asProblem(c.error).code
    // Probes come every few seconds and decide nothing.
    if (c.res.ok && healthRoutes.some(({ path }) => path === url.pathname)) return
    logDecision({ ...c.var.call.audit, auditId: kube.auditId }, { status: c.res.status, durationMs, code })
  }
}

function limits(): MiddlewareHandler<App> {
  return async function limits(c, next) {
    checkLimits(c.req.raw)
    await next()
  }
}

/** Picks the route by method, after authentication unless the path is public. */
function dispatch(routes: readonly Route[]): MiddlewareHandler<App> {
  const allow = [...routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(
    ', ',
  )
  const [{ path } = { path: 'none' }] = routes
  const isPublic = routes.every((route) => route.public === true)
  return async function dispatch(c) {
    c.set('route', path)
    const method = c.req.method === 'HEAD' ? 'GET' : c.req.method
    if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { Allow: allow } })
    const route = routes.find((candidate) => candidate.method === (method as Method))
    const call: PublicCall = { ...c.var.call, params: c.req.param() }
    if (route?.public) return route.handle(call)
    // A token would not help where everything is open.
    if (route === undefined && isPublic) throw notAllowed(c.req.method, allow)
    const signed = await authenticated(call)
    c.set('own', {})
    c.set('own', countRequest(call.env, JSON.stringify([signed.principal.issuer, signed.principal.subject])))
    if (route === undefined) throw notAllowed(c.req.method, allow)
    return route.handle(signed)
  }
}

function notAllowed(method: string, allow: string): Problem {
  return new Problem('method_not_allowed', `${method} is not possible here.`, { headers: { Allow: allow } })
}

/** The call of an authenticated caller. @throws {Problem} as `authenticate` */
export async function authenticated(call: PublicCall): Promise<Call> {
  const principal = await authenticate(call.request, call.env, call.ctx)
  call.audit.issuer = principal.issuer
  call.audit.subject = principal.subject
  if (principal.username !== undefined) call.audit.username = principal.username
  if (principal.clientId !== undefined) call.audit.clientId = principal.clientId
  const authoriser = createAuthoriser(call.env, call.kube, principal, call.ctx)
  const kube = call.kube.as({ principal, authoriser, requestId: call.requestId })
  return { ...call, kube, ownKube: call.kube, principal, authoriser }
}

/**
 * What is answered to one caller, a refusal as well, is no other's: no cache may keep it.
 * @param rate - What is left of the caller's rate limit
 */
function ownAnswer({ headers }: Response, rate: Readonly<Record<string, string>>): void {
  headers.set('Cache-Control', 'private, no-store')
  headers.append('Vary', 'Authorization')
  for (const [name, value] of Object.entries(rate)) headers.set(name, value)
}

function about(c: Context<App>): { path: string; requestId: string } {
  return { path: c.var.call.url.pathname, requestId: c.var.call.requestId }
}

/** The problem behind anything thrown; what is not one is ours, and its cause stays in the log. */
function asProblem(error: unknown, c?: Context<App>): Problem {
  const problem =
    error instanceof Problem ? error : new Problem('internal', 'Something went wrong here.', { cause: error })
  if (c !== undefined && problem.cause !== undefined) {
    log(problem.status >= 500 ? 'error' : 'info', problem.detail, {
      requestId: c.var.call.requestId,
      code: problem.code,
      cause: explain(problem.cause),
    })
  }
  return problem
}
