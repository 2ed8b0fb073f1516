import type { KindDescription } from '../kind/description.ts'
import type { PolicyRule } from '../kind/policy-rules.ts'
import type { Environment, ExecutionContext } from '../runtime/environment.ts'
import type { RouteAddress } from './call.ts'

/** What the build, the gateway and `/capabilities` know of a function, as plain data. */
export interface FunctionDefinition {
  /** File name in functions/, without its extension. */
  readonly name: string
  /** Path templates in hono's notation, e.g. `/v1/organizations/:organization/connectors`. */
  readonly routes: readonly string[]
  /** The kind that it serves, if any. */
  readonly resource?: KindDescription
  /** One line for the OpenAPI document. A kind has the description of its CRD. */
  readonly description?: string
  /** Features that it brings, as `/capabilities` names them. */
  readonly features?: readonly string[]
  /** Rules of its ServiceAccount's Role. */
  readonly rbac: readonly PolicyRule[]
}

/** The definitions of all functions, from the binding `CATALOG`. */
export function functionsOf(env: Environment): readonly FunctionDefinition[] {
  return env.CATALOG as readonly FunctionDefinition[]
}

/** The default export of every file in functions/. */
export interface FunctionModule {
  fetch(request: Request, env: Environment, ctx: ExecutionContext): Response | Promise<Response>
  readonly definition: FunctionDefinition
  /** The build makes the OpenAPI document from them. */
  readonly routes: readonly RouteAddress[]
}
