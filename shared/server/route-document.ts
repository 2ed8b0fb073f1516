/**
 * What the API's document says of a route.
 * @module
 */
import type { JsonObject } from '../kind/object.ts'

/** An operation that every kind has in common; the document has their texts, parameters and answers. */
export type CommonOperation = 'list' | 'listAll' | 'get' | 'create' | 'replace' | 'patch' | 'delete' | 'view' | 'action'

/** Plain data: the build reads it from the function's bundle. */
export interface RouteDocument {
  /** The common operation, or `own` for one that only this route has. */
  readonly operation: CommonOperation | 'own'
  /** Name of a view or action; of an own operation its unique `operationId`. */
  readonly name?: string
  /** One line; the common operations have their own. */
  readonly summary?: string
  /** More than one line, in Markdown. */
  readonly description?: string
  /** Whether a public route answers more to whoever sends a token. */
  readonly takesToken?: boolean
  /** Names of query parameters. */
  readonly query?: readonly string[]
  /** Names of the parameters that are headers. */
  readonly headers?: readonly string[]
  /** JSON Schema of the body. */
  readonly input?: JsonObject
  /** JSON Schema of a successful answer. */
  readonly output?: JsonObject
  /** Media type of a successful answer (default: JSON and YAML). */
  readonly mediaType?: string
  /** Statuses of problems of a view that other reads of the kind do not have. */
  readonly problems?: readonly number[]
  /** Statuses of a successful answer (default 200). */
  readonly statuses?: readonly number[]
  /** What a status of a successful answer says, where that is not the summary. */
  readonly answers?: Readonly<Record<number, string>>
}
