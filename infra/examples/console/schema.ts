/**
 * What the OpenAPI document says of a kind's manifests and actions.
 */
import type { Api } from './api.ts'

/** A schema (JSON Schema 2020-12), as far as forms need it. */
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
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
  readonly writeOnly?: boolean
  readonly readOnly?: boolean
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

/** The document of a server. */
export class OpenApi {
  readonly #paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly #schemas: Readonly<Record<string, Schema>>

  private constructor(document: {
    paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
    components: { schemas: Readonly<Record<string, Schema>> }
  }) {
    this.#paths = document.paths
    this.#schemas = document.components.schemas
  }

  /** Reads the document. @throws {Problem} if the server does not answer with it */
  static async read(api: Api): Promise<OpenApi> {
    return new OpenApi(await api.read('/openapi.json'))
  }

  /**
   * The schema of what a POST takes; `undefined` if it takes no body.
   * @param path - Template, e.g. `/v1/organizations/{organization}/vaults`
   */
  bodyOf(path: string): Schema | undefined {
    return this.#paths[path]?.post?.requestBody?.content['application/json']?.schema
  }

  /** A schema without its reference. What stands next to the reference, such as a description, remains. */
  resolve(schema: Schema): Schema {
    const { $ref, ...rest } = schema
    const name = $ref?.split('/').at(-1)
    if (name === undefined) return schema
    return { ...this.resolve(this.#schemas[name] ?? {}), ...rest }
  }
}
