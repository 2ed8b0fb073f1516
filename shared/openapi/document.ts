/**
 * The OpenAPI 3.1 document that this server publishes.
 */
import type { JsonObject } from '../kind/object.ts'

/** Placeholder in the built document for the URL of the issuer's discovery document. */
export const ISSUER_PLACEHOLDER = 'https://issuer.invalid/.well-known/openid-configuration'

/** The parts of an OpenAPI document that are read here. */
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
 * The operations of one function, with the components that they use.
 * @param name - Of the function; its operations have it as a tag
 * @returns `undefined` if the function has no operation
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

/** A document without unused components. */
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

/** Adds every component that a value refers to, directly or through other components. */
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
