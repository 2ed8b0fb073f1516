/**
 * What all views of an organization use.
 */
import type { Api } from './api.ts'
import type { OpenApi } from './schema.ts'
import type { Store } from './store.ts'
import type { Permissions, Resource } from './types.ts'

/** An organization as the user sees it. */
export interface Context {
  readonly api: Api
  readonly organization: string
  readonly permissions: Permissions
  /** The kinds that the user may list, in the order of the server. */
  readonly resources: readonly Resource[]
  /** Kept current by the stream. */
  readonly store: Store
  /** The server's OpenAPI document, read when it is first needed. */
  openApi(): Promise<OpenApi>
}

/** A view of a part of the organization. It lives until the signal is aborted. */
export interface ViewContext extends Context {
  readonly signal: AbortSignal
}

/** Whether the user may do something. The server decides; this only decides what is drawn. */
export function may({ permissions }: Context, plural: string, operation: string): boolean {
  return permissions.permissions[plural]?.includes(operation) === true
}

/** The kind with a plural; `undefined` if the user may not list it. */
export function resourceOf({ resources }: Context, plural: string): Resource | undefined {
  return resources.find((resource) => resource.plural === plural)
}
