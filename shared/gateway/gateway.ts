/**
 * The entry: gives each request to the function that serves its path. It decides nothing else; who may do what is decided
 * where it is done.
 * @module
 */

import { Problem, problemResponse } from '../http/problem.ts'
import type { Environment, ExecutionContext, Fetcher } from '../runtime/environment.ts'
import { explain, log } from '../runtime/log.ts'
import { type FunctionDefinition, type FunctionModule, functionsOf } from '../server/definition.ts'
import { healthRoutes } from '../server/health.ts'
import { requestId } from '../server/request-id.ts'
import { serve } from '../server/serve.ts'
import { functionBinding } from './binding.ts'
import { createRouter, type Router } from './router.ts'

/**
 * A gateway. What no other function serves, health among it, it answers itself.
 * @param name - Of its file in functions/
 */
export function gateway(name: string): FunctionModule {
  const definition: FunctionDefinition = { name, routes: healthRoutes.map(({ path }) => path), rbac: [] }
  const own = serve(definition, [])
  // The catalogue is part of the deployment: it never changes while an isolate lives.
  let router: Router | undefined
  return {
    definition,
    routes: healthRoutes,
    ...(own.metrics && { metrics: own.metrics }),
    fetch(request: Request, env: Environment, ctx: ExecutionContext) {
      router ??= createRouter(functionsOf(env))
      const target = router(new URL(request.url).pathname)
      return target === undefined || target === name ? own.fetch(request, env, ctx) : forward(request, env, target)
    },
  }
}

/** Gives a request to a function; the answer is a problem if the function does not give one. */
export async function forward(request: Request, env: Environment, name: string): Promise<Response> {
  const id = requestId(request)
  const forwarded = new Request(functionAddress(request.url, env, name), new Request(request, { redirect: 'manual' }))
  forwarded.headers.set('X-Request-Id', id)
  try {
    const bound = (env as unknown as Readonly<Record<string, Fetcher | undefined>>)[functionBinding(name)]
    if (bound === undefined) throw new TypeError('it is not bound')
    const response = await sent(bound, forwarded)
    if (isForeign(response)) throw new TypeError(`the way to it answered ${response.status}`)
    return response
  } catch (error) {
    log('error', `The function ${name} does not answer.`, { requestId: id, cause: explain(error) })
    const problem = new Problem('function_unavailable', `The function behind this path does not answer.`, {
      headers: { 'Retry-After': '1', 'X-Request-Id': id },
    })
    return problemResponse(problem, { path: new URL(request.url).pathname, requestId: id })
  }
}

/** Sends a request; a read is sent again when a kept connection turns out to be dead. */
async function sent(bound: Fetcher, request: Request): Promise<Response> {
  const isRead = (request.method === 'GET' || request.method === 'HEAD') && request.body === null
  return bound.fetch(request).catch((error) => {
    if (!isRead || request.signal?.aborted) throw error
    return bound.fetch(request)
  })
}

/**
 * The address of a request at a function. Between processes the ingress finds functions by their host, so FUNCTION_HOST names
 * it; the functions know the address that clients use by PUBLIC_URL. No header of the client decides about either.
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

/** Whether an error comes from something between here and the function, such as an ingress: functions answer problems. */
function isForeign({ status, headers }: Response): boolean {
  return status >= 400 && !headers.get('Content-Type')?.startsWith('application/problem+')
}
