/**
 * The document of the API (OpenAPI 3.1) as this server hands it out.
 * @module
 */
import type { JsonObject } from '../kind/object.ts'

/** Stands in the built document where the address of the issuer's discovery document belongs. */
export const ISSUER_PLACEHOLDER = 'https://issuer.invalid/.well-known/openid-configuration'

/** An OpenAPI document, as far as it is looked into here. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: JsonObject
  readonly servers: readonly JsonObject[]
  readonly security: readonly JsonObject[]
  readonly tags: readonly JsonObject[]
  readonly paths: Readonly<Record<string, JsonObject>>
  readonly components: Readonly<Record<string, JsonObject>>
}

/**
 * The part of a document that one function serves, with no component that it does not use.
 * @param name - Of the function, which is the tag of its operations
 * @returns `undefined` if no operation is the function's
 */
export function partOf(document: OpenApiDocument, name: string): OpenApiDocument | undefined {
  const paths = Object.entries(document.paths).flatMap(([path, item]): [string, JsonObject][] => {
    const own = Object.entries(item).filter(([, operation]) => tagsOf(operation).includes(name))
    return own.length === 0 ? [] : [[path, Object.fromEntries(own)]]
  })
  if (paths.length === 0) return undefined
  return withoutUnused({
    ...document,
    tags: document.tags.filter((tag) => tag.name === name),
    paths: Object.fromEntries(paths),
  })
}

/** A document without the components that its paths do not lead to. */
export function withoutUnused(document: OpenApiDocument): OpenApiDocument {
  const used = new Set<string>()
  collect(document.paths, document.components, used)
  const components = Object.entries(document.components).map(([section, entries]): [string, JsonObject] => {
    const kept = Object.entries(entries).filter(
      ([key]) => section === 'securitySchemes' || used.has(`${section}/${key}`),
    )
    return [section, Object.fromEntries(kept)]
  })
  return { ...document, components: Object.fromEntries(components) }
}

function tagsOf(operation: unknown): readonly unknown[] {
  return (operation as { tags?: readonly unknown[] }).tags ?? []
}

/** Notes every component that something refers to, and what those refer to. */
function collect(value: unknown, components: OpenApiDocument['components'], used: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  const { $ref } = value as { $ref?: unknown }
  const [, section = '', name = ''] = (typeof $ref === 'string' && /^#\/components\/(\w+)\/(.+)$/.exec($ref)) || []
  if (section !== '' && !used.has(`${section}/${name}`)) {
    used.add(`${section}/${name}`)
    collect(components[section]?.[name], components, used)
  }
  for (const member of Object.values(value)) collect(member, components, used)
}
