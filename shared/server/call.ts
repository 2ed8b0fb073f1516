/**
 * A request on its way through a function.
 * @module
 */
import type { Authoriser, Principal } from '../auth/index.ts'
import type { KubeClient } from '../kube/index.ts'
import type { Environment, ExecutionContext } from '../runtime/environment.ts'
import type { AuditRecord } from '../runtime/log.ts'
import type { RouteDocument } from './route-document.ts'

/** A request that nobody has signed yet: health, capabilities. */
export interface PublicCall {
  readonly request: Request
  readonly url: URL
  readonly env: Environment
  readonly ctx: ExecutionContext
  readonly requestId: string
  /** Parameters of the route's path template, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly kube: KubeClient
  /** `Warning` header values to be sent with the answer, beside those of the API server. */
  readonly warnings: string[]
  /** Filled in on the way; becomes the audit line. */
  readonly audit: AuditRecord
}

/** A request of an authenticated caller. */
export interface Call extends PublicCall {
  readonly principal: Principal
  readonly authoriser: Authoriser
  /**
   * The cluster as the function itself sees it, whatever KUBE_IDENTITY says: for decisions that take more than the caller
   * may see, and for objects that the caller may see although the cluster knows nothing of it.
   */
  readonly ownKube: KubeClient
}

/** HTTP methods that a route can have; HEAD is GET without its body, OPTIONS is answered for all. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A method of a path and what it does. */
export type Route = RouteAddress &
  (
    | { readonly public?: false; handle(call: Call): Promise<Response> }
    | { readonly public: true; handle(call: PublicCall): Promise<Response> }
  )

/** What a route answers to, and what the API's document says of it. */
export interface RouteAddress {
  readonly method: Method
  readonly path: string
  /** Whether it is answered without a token. */
  readonly public?: boolean
  readonly document?: RouteDocument
}
