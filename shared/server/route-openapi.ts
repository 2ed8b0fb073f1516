import type { JsonObject } from '../kind/object.ts'

/** An operation that all kinds have in common; `infra/bundle/openapi` holds its texts, parameters and answers. */
export type CommonOperation = 'list' | 'listAll' | 'get' | 'create' | 'replace' | 'patch' | 'delete' | 'view' | 'action'

/** What the OpenAPI document says of a route. It is plain data, because the build reads it from the function's bundle. */
export interface RouteOpenApi {
  /** The common operation, or `custom` for one that only this route has. */
  readonly operation: CommonOperation | 'custom'
  /** Name of the view or action, or the unique `operationId` of a custom operation. */
  readonly name?: string
  /** One line. Common operations have their own. */
  readonly summary?: string
  /** More than one line, in Markdown. */
  readonly description?: string
  /** Whether a public route answers more when the request has a token. */
  readonly takesToken?: boolean
  /** Names of the query parameters. */
  readonly query?: readonly string[]
  /** Names of the header parameters. */
  readonly headers?: readonly string[]
  /** JSON Schema of the request body. */
  readonly input?: JsonObject
  /** JSON Schema of a successful answer. */
  readonly output?: JsonObject
  /** Media type of a successful answer (default: JSON and YAML). */
  readonly mediaType?: string
  /** Problem statuses that other views of the kind, or other custom operations, do not have. */
  readonly problems?: readonly number[]
  /** Statuses of a successful answer (default: 200). */
  readonly statuses?: readonly number[]
  /** Descriptions of successful answers by status (default: the summary). */
  readonly answers?: Readonly<Record<number, string>>
}
