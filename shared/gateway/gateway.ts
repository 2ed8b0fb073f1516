/**
 * The gateway forwards each request to the function that serves its path. It does not authenticate or authorize; the
 * functions do.
 */
import { Problem, problemResponse } from '../http/problem.ts'
import type { Environment, ExecutionContext, Fetcher, Trace } from '../runtime/environment.ts'
import { explain, log } from '../runtime/log.ts'
import { passedOn, traceHeaders } from '../runtime/trace.ts'
import { withCrossOrigin } from '../server/cors.ts'
import { type FunctionDefinition, type FunctionModule, functionsOf } from '../server/definition.ts'
import { healthRoutes } from '../server/health.ts'
import { requestId } from '../server/request-id.ts'
import { serve } from '../server/serve.ts'
import { startTrace } from '../server/trace.ts'
import { functionBinding } from './binding.ts'
import { createRouter, type Router } from './router.ts'

/**
 * Makes the gateway. It answers health probes, and 404 for paths that no function serves.
 * @param name - Name of its file in functions/
 */
export function gateway(name: string): FunctionModule {
  const definition: FunctionDefinition = {
    name,
    description: 'Health of the process.',
    routes: healthRoutes.map(({ path }) => path),
    rbac: [],
  }
  const health = serve(definition, [])
  // The catalog is part of the deployment, so it never changes while an isolate lives.
  let router: Router | undefined
  return {
    definition,
    routes: healthRoutes,
    async fetch(request: Request, env: Environment, ctx: ExecutionContext) {
      router ??= createRouter(functionsOf(env))
      const target = router(new URL(request.url).pathname)
      if (target === undefined || target === name) return health.fetch(request, env, ctx)
      // A call within this process is no upstream call, so the span of the function is enough.
      if (!env.FUNCTION_HOST) return forward(request, env, target)
      const trace = await startTrace(name, request, env, ctx)
      const response = await forward(request, env, target, trace)
      trace.end({ status: response.status })
      return response
    },
  }
}

/**
 * Forwards a request to a function. The answer is a problem if the function does not answer.
 * @param trace - The trace that the request belongs to (default: the one that its headers name)
 */
export async function forward(
  request: Request,
  env: Environment,
  name: string,
  trace: Trace = passedOn(traceHeaders(request.headers)),
): Promise<Response> {
  const id = requestId(request)
  const forwarded = new Request(functionAddress(request.url, env, name), new Request(request, { redirect: 'manual' }))
  forwarded.headers.set('X-Request-Id', id)
  try {
    const bound = (env as unknown as Readonly<Record<string, Fetcher | undefined>>)[functionBinding(name)]
    if (bound === undefined) throw new TypeError('the function is not bound')
    const response = await sent(() => trace.send(bound, forwarded), forwarded)
    // A function answers nothing that can be recognized if the client has left.
    if (!isForeign(response) || request.signal?.aborted) return response
    response.body?.cancel().catch(() => undefined)
    throw new TypeError(`something in front of the function answered ${response.status}`)
  } catch (error) {
    log(request.signal?.aborted ? 'info' : 'error', `The function ${name} does not answer.`, {
      requestId: id,
      cause: explain(error),
    })
    const problem = new Problem('function_unavailable', 'The function for this path does not answer.', {
      headers: { 'Retry-After': '1', 'X-Request-Id': id },
    })
    const answer = problemResponse(problem, { path: new URL(request.url).pathname, requestId: id })
    return withCrossOrigin(request, answer, env)
  }
}

/** Sends a request. A read is sent again if it fails, because a kept-alive connection may have been closed. */
async function sent(send: () => Promise<Response>, request: Request): Promise<Response> {
  const isRead = (request.method === 'GET' || request.method === 'HEAD') && request.body === null
  return send().catch((error) => {
    if (!isRead || request.signal?.aborted) throw error
    return send()
  })
}

/**
 * The URL of a request at a function. When functions run in separate processes, the ingress finds them by host, which
 * FUNCTION_HOST gives; they know the origin that clients use from PUBLIC_URL. No header of the client affects either.
 */
function functionAddress(address: string, env: Pick<Environment, 'FUNCTION_HOST'>, name: string): URL {
  const url = new URL(address)
  if (env.FUNCTION_HOST) {
    url.protocol = 'http:'
    url.port = ''
    url.host = env.FUNCTION_HOST.replace('{name}', name)
  }
  return url
}

/** Whether an error comes from something in front of the function, such as an ingress: functions answer with problems. */
function isForeign({ status, headers }: Response): boolean {
  return status >= 400 && !headers.get('Content-Type')?.startsWith('application/problem+')
}
