/**
 * How every function handles a request:
 * request id -> CORS -> limits -> authenticate -> authorize -> validate -> Kubernetes -> present -> audit line.
 * The first four and the last are here; the rest is up to the route's handler.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono/tiny'
import { authenticate, createAuthorizer } from '../auth/index.ts'
import { Problem, problemResponse } from '../http/problem.ts'
import { untilTaken } from '../http/until-end.ts'
import { createKubeClient } from '../kube/index.ts'
import type { Environment, ExecutionContext, Trace } from '../runtime/environment.ts'
import { explain, log, logDecision } from '../runtime/log.ts'
import { observeRequest } from '../runtime/metrics.ts'
import { traceOf } from '../runtime/trace.ts'
import type { Call, Method, PublicCall, Route } from './call.ts'
import { compress } from './compress.ts'
import { crossOrigin } from './cors.ts'
import type { FunctionDefinition, FunctionModule } from './definition.ts'
import { healthRoutes } from './health.ts'
import { checkLimits } from './limits.ts'
import { isProbe } from './probes.ts'
import { countRequest } from './rate-limit.ts'
import { requestId } from './request-id.ts'
import { startTrace } from './trace.ts'

type App = {
  Bindings: Environment
  Variables: {
    call: PublicCall
    /** Path template of the route. */
    route?: string
    /** Rate limit headers; set when the answer is for one caller only. */
    rateLimit?: Readonly<Record<string, string>>
  }
}
type HonoContext = Parameters<Hono<App>['fetch']>[2]

/**
 * Makes a function of routes.
 * @param definition - What others know of it
 * @param routes - Its routes; those for health are added
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { represent } from '../http/negotiate.ts'
 * import type { Environment } from '../runtime/environment.ts'
 * import { serve } from './serve.ts'
 *
 * const echo = serve({ name: 'echo', routes: ['/echo/:text'], rbac: [] }, [
 *   {
 *     method: 'GET',
 *     path: '/echo/:text',
 *     public: true,
 *     handle: ({ params }) => represent({ text: params.text }, 'application/json'),
 *   },
 * ])
 * const [env, ctx] = [{} as Environment, { waitUntil: () => undefined }]
 * const response = await echo.fetch(new Request('https://api.example/echo/hello'), env, ctx)
 * assert.deepEqual(await response.json(), { text: 'hello' })
 * const refused = await echo.fetch(new Request('https://api.example/echo/hello', { method: 'DELETE' }), env, ctx)
 * assert.equal(refused.status, 405)
 * ```
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
      new Problem('not_found', 'Nothing is served at this path. /openapi.json and /docs list all paths.'),
      about(c),
    ),
  )
  app.onError((error, c) => problemResponse(asProblem(error, c), about(c)))
  return {
    fetch: async (request, env, ctx) => compress(request, await app.fetch(request, env, ctx as HonoContext)),
    definition,
    routes,
  }
}

/** Prepares the call, and writes the audit line when the answer is ready. */
function observe(name: string): MiddlewareHandler<App> {
  return async function observe(c, next) {
    const started = Date.now()
    const request = c.req.raw
    const url = new URL(request.url)
    const id = requestId(request)
    const isForProbe = isProbe(url.pathname)
    const trace = await startTrace(name, request, c.env, c.executionCtx, isForProbe)
    const ctx = contextOf(c.executionCtx, trace)
    const kube = createKubeClient(c.env, trace)
    const warnings: string[] = []
    const audit = {
      function: name,
      requestId: id,
      traceId: trace.traceId,
      method: request.method,
      path: url.pathname,
    }
    c.set('call', { request, url, env: c.env, ctx, requestId: id, params: {}, kube, warnings, audit })
    await next()
    c.res.headers.set('X-Request-Id', id)
    c.res.headers.set('X-Content-Type-Options', 'nosniff')
    if (c.var.rateLimit !== undefined) makePrivate(c.res, c.var.rateLimit)
    for (const warning of [...kube.warnings, ...warnings]) c.res.headers.append('Warning', warning)
    const durationMs = Date.now() - started
    c.res.headers.set('Server-Timing', `total;dur=${durationMs}`)
    // Time that the client asked to wait says nothing about how fast the server is.
    const workedMs = durationMs - (c.var.call.audit.waitedMs ?? 0)
    const status = hasLeft(request) ? CLIENT_LEFT : c.res.status
    observeRequest(name, request.method, c.var.route ?? 'none', status, workedMs)
    // Who has left gets no answer, so there is no problem either.
    const code = c.error === undefined || hasLeft(request) ? undefined : asProblem(c.error).code
    trace.end({ status, route: c.var.route, code })
    // Probes come every few seconds, and nothing is decided for them.
    if (c.res.ok && isForProbe) return
    logDecision({ ...c.var.call.audit, auditId: kube.auditId }, { status, durationMs, code })
  }
}

/** The runtime's context at another place in the trace. */
function contextOf(ctx: ExecutionContext, trace: Trace): ExecutionContext {
  return { waitUntil: (work) => ctx.waitUntil(work), ...(ctx.stopping && { stopping: ctx.stopping }), trace }
}

/** Status of a request whose client left before the answer. Only log and metrics have it. */
const CLIENT_LEFT = 499

/** Whether the client has left, where the runtime says so. */
function hasLeft({ signal }: Request): boolean {
  return signal?.aborted === true
}

function limits(): MiddlewareHandler<App> {
  return async function limits(c, next) {
    checkLimits(c.req.raw)
    await next()
  }
}

/** Picks the route by method. Authenticates first unless the route is public. */
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
    // A token sent to a route that takes one is verified, so that the limits of its caller apply.
    const isSigned = route?.openapi?.takesToken === true && call.request.headers.has('Authorization')
    if (route?.public && !isSigned) return route.handle(call).finally(() => call.kube.release())
    // If no route here takes a token, the caller need not be authenticated for a 405.
    if (route === undefined && isPublic) throw notAllowed(c.req.method, allow)
    const signed = await authenticated(call)
    // Set before counting, which throws beyond the limit.
    c.set('rateLimit', {})
    // Turns and slices know a caller by the same name.
    const { clusterUser: caller, expiresAt } = signed.principal
    c.set('rateLimit', await countRequest(call.env, caller))
    if (route === undefined) throw notAllowed(c.req.method, allow)
    const take = (signal?: AbortSignal) => call.env.TURNS?.take({ caller, expiresAt }, call.request, call.audit, signal)
    let turn: Awaited<ReturnType<typeof take>>
    try {
      turn = await take(call.request.signal)
    } catch (error) {
      // Who has left while others had their turns would not get the answer.
      if (hasLeft(call.request)) return new Response(null, { status: CLIENT_LEFT })
      throw error
    }
    const endTurn = (): void => turn?.end()
    const takeTurn = async (signal: AbortSignal): Promise<void> => {
      endTurn()
      turn = await take(signal)
    }
    let isKept = false
    const keepTurn = (): void => {
      isKept = true
    }
    const ends: (() => void)[] = [() => call.kube.release()]
    const atEnd = (run: () => void): void => void ends.push(run)
    try {
      const response = await route.handle({ ...signed, endTurn, takeTurn, keepTurn, atEnd })
      // Whoever does not read must not fill the memory with answers. Without turns the runtime sees to that.
      if (turn === undefined || isKept) return response
      const unread = () => import('./unread.ts').then(({ unreadOf }) => unreadOf(signed, 'answers'))
      return await untilTaken(call.request, response, endTurn, unread)
    } catch (error) {
      endTurn()
      throw error
    } finally {
      for (const run of ends) run()
    }
  }
}

function notAllowed(method: string, allow: string): Problem {
  return new Problem('method_not_allowed', `${method} is not allowed for this path.`, { headers: { Allow: allow } })
}

const none = (): void => undefined

/** The call of an authenticated caller. @throws {Problem} as `authenticate` */
async function authenticated(call: PublicCall): Promise<Call> {
  const principal = await traceOf(call.ctx).span('authenticate', (trace) =>
    authenticate(call.request, call.env, contextOf(call.ctx, trace)),
  )
  call.audit.issuer = principal.issuer
  call.audit.subject = principal.subject
  if (principal.username !== undefined) call.audit.username = principal.username
  if (principal.clientId !== undefined) call.audit.clientId = principal.clientId
  const authorizer = createAuthorizer(call.env, call.kube, principal, call.ctx)
  const kube = call.kube.as({ principal, authorizer, requestId: call.requestId, signal: call.request.signal })
  const turns = { endTurn: none, takeTurn: async () => undefined, keepTurn: none, atEnd: none }
  return { ...call, kube, functionKube: call.kube, slices: kube.slices, principal, authorizer, ...turns }
}

/**
 * Keeps an answer for one caller out of shared caches, errors included.
 * @param rateLimit - Headers that tell the caller's rate limit
 */
function makePrivate({ headers }: Response, rateLimit: Readonly<Record<string, string>>): void {
  headers.set('Cache-Control', 'private, no-store')
  headers.append('Vary', 'Authorization')
  // Appended, because a refusal may be about another limit.
  for (const [name, value] of Object.entries(rateLimit)) headers.append(name, value)
}

function about(c: Context<App>): { path: string; requestId: string } {
  return { path: c.var.call.url.pathname, requestId: c.var.call.requestId }
}

/** The problem for anything that was thrown. Other errors are logged and become `internal`. */
function asProblem(error: unknown, c?: Context<App>): Problem {
  const problem =
    error instanceof Problem ? error : new Problem('internal', 'An unexpected error occurred.', { cause: error })
  if (c !== undefined && problem.cause !== undefined) {
    log(problem.status >= 500 && !hasLeft(c.req.raw) ? 'error' : 'info', problem.detail, {
      requestId: c.var.call.requestId,
      code: problem.code,
      cause: explain(problem.cause),
    })
  }
  return problem
}
