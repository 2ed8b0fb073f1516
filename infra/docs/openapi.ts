/**
 * The OpenAPI document as the page reads it.
 */

/** A JSON Schema. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly readOnly?: boolean
  readonly writeOnly?: boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[]
}

/** A parameter. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

/** Bodies by media type. */
export type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>

/** An answer. */
export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Content
}

/** An operation with its method and path. */
export interface Operation {
  readonly method: string
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly unknown[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, Answer>>
}

/** The document, with references to parameters and answers resolved. */
export interface Reference {
  readonly title: string
  readonly version: string
  readonly description: string
  readonly tags: readonly { readonly name: string; readonly description?: string; readonly 'x-kind'?: string }[]
  readonly operations: readonly Operation[]
  /** The target of a reference, and its name. */
  resolve(schema: Schema): { readonly schema: Schema; readonly name: string | undefined }
}

// biome-ignore lint/suspicious/noExplicitAny: the document is checked where it is built
type Raw = any

/** Fetches the document. */
export async function load(): Promise<Reference> {
  const response = await fetch('/openapi.json')
  if (!response.ok) throw new Error(`/openapi.json answered ${response.status}`)
  const raw: Raw = await response.json()
  const follow = (value: Raw): Raw =>
    value?.$ref === undefined
      ? value
      : follow(
          value.$ref
            .slice(2)
            .split('/')
            .reduce((at: Raw, key: string) => at?.[key], raw),
        )
  const operations = Object.entries<Raw>(raw.paths).flatMap(([path, item]) =>
    Object.entries<Raw>(item).map(
      ([method, operation]): Operation => ({
        ...operation,
        method: method.toUpperCase(),
        path,
        parameters: (operation.parameters ?? []).map(follow),
        responses: Object.fromEntries(
          Object.entries<Raw>(operation.responses).map(([status, answer]) => [status, follow(answer)]),
        ),
      }),
    ),
  )
  return {
    title: raw.info.title,
    version: raw.info.version,
    description: raw.info.description,
    tags: raw.tags,
    operations,
    resolve: (schema) => ({ schema: follow(schema), name: schema.$ref?.split('/').at(-1) }),
  }
}
