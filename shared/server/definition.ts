/**
 * What a function says about itself: the only list of functions there is, read by the build, the gateway and `/capabilities`.
 * @module
 */

import type { ResourceDescription } from '../kind/description.ts'
import type { PolicyRule } from '../kind/policy-rules.ts'
import type { Environment, ExecutionContext } from '../runtime/environment.ts'
import type { RouteAddress } from './call.ts'

/** A function as the build, the gateway and `/capabilities` see it: plain data. */
export interface FunctionDefinition {
  /** File name in functions/, without its extension. */
  readonly name: string
  /** Path templates that it serves, in hono's notation, e.g. `/v1/organizations/:organization/connectors`. */
  readonly routes: readonly string[]
  /** The kind behind it, if it is a resource. */
  readonly resource?: ResourceDescription
  /** What its ServiceAccount must be allowed to do. */
  readonly rbac: readonly PolicyRule[]
}

/** The definitions of all functions, from the binding of those that have to know them. */
export function functionsOf(env: Environment): readonly FunctionDefinition[] {
  return env.CATALOGUE as readonly FunctionDefinition[]
}

/** The default export of every file in functions/. */
export interface FunctionModule {
  fetch(request: Request, env: Environment, ctx: ExecutionContext): Response | Promise<Response>
  readonly definition: FunctionDefinition
  /** What it has done so far, for Prometheus; the socket for metrics asks it. */
  metrics?(): Promise<string>
  /** The routes that it answers: the build makes the API's document from them. */
  readonly routes: readonly RouteAddress[]
}
