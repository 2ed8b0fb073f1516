/**
 * The trace of a request.
 */
import type { Environment, ExecutionContext } from '../runtime/environment.ts'
import { isTraced, passedOn, type RequestTrace, traceHeaders } from '../runtime/trace.ts'

/**
 * Starts to record the trace of a request, or passes it on if no collector is configured.
 * @param name - Of the function
 * @param isProbe - Whether it is one of the requests that come every few seconds and are not recorded
 */
export async function startTrace(
  name: string,
  request: Request,
  env: Environment,
  ctx: ExecutionContext,
  isProbe = false,
): Promise<RequestTrace> {
  if (isProbe || !isTraced(env)) return passedOn(traceHeaders(request.headers))
  const { recordTrace } = await import('../tracing/record.ts')
  return recordTrace(name, request, env, ctx)
}
