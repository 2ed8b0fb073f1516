/**
 * What the handler of a route gets.
 */
import type { Authorizer, Principal } from '../auth/index.ts'
import type { KubeClient } from '../kube/index.ts'
import type { CallerSlices, Environment, ExecutionContext } from '../runtime/environment.ts'
import type { AuditRecord } from '../runtime/log.ts'
import type { RouteOpenApi } from './route-openapi.ts'

/** A request that is not authenticated, e.g. for health or capabilities. */
export interface PublicCall {
  readonly request: Request
  readonly url: URL
  readonly env: Environment
  readonly ctx: ExecutionContext
  readonly requestId: string
  /** Parameters of the route's path template, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly kube: KubeClient
  /** Values of `Warning` headers of the answer, in addition to those of the API server. */
  readonly warnings: string[]
  /** Becomes the audit line. Handlers add to it. */
  readonly audit: AuditRecord
}

/** A request of an authenticated caller. */
export interface Call extends PublicCall {
  readonly principal: Principal
  readonly authorizer: Authorizer
  /**
   * The cluster as the function's ServiceAccount sees it, whatever KUBE_IDENTITY is: for decisions that need more than the
   * caller may see, and for objects that the API shows to the caller although the cluster would not.
   */
  readonly functionKube: KubeClient
  /** Slices for long work. Absent where requests do not share one event loop. */
  readonly slices: CallerSlices | undefined
  /** Ends the turn of this request, which from here on only waits for the cluster or for other functions. */
  endTurn(): void
  /**
   * Takes another turn after {@link endTurn}, which then ends this one.
   * @param signal - Aborted when it is no longer wanted
   * @throws {Problem} `too_many_requests`, `overloaded`
   * @throws the reason of the signal
   */
  takeTurn(signal: AbortSignal): Promise<void>
  /** Calls `run` when the answer is made, or the request has failed. */
  atEnd(run: () => void): void
  /** Keeps the turn beyond the answer, until {@link endTurn}. Otherwise it ends when the client has taken the answer, or is slow. */
  keepTurn(): void
}

/** HTTP methods of routes. HEAD is GET without the body, and OPTIONS is answered for every path. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A method and path with its handler. A public one is called with a {@link Call} if it takes a token and the request has one. */
export type Route = RouteAddress &
  (
    | { readonly public?: false; handle(call: Call): Promise<Response> }
    | { readonly public: true; handle(call: PublicCall | Call): Promise<Response> }
  )

/** A route without its handler. */
export interface RouteAddress {
  readonly method: Method
  readonly path: string
  /** Whether it needs no token. */
  readonly public?: boolean
  readonly openapi?: RouteOpenApi
}
