/**
 * Generates TypeScript interfaces from a CRD's schema.
 */
import type { SchemaNode } from './crd.ts'
import { docComment, pascalCase, propertyName, quoted, singular } from './text.ts'

/** The interfaces of one file. Equal objects share one. */
export class Interfaces {
  readonly #declarations = new Map<string, string>()
  readonly #names = new Map<string, string>()
  readonly #prefix: string

  /** @param prefix - Start of every name: the kind */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The declarations. An interface comes before those that it uses. */
  get code(): string {
    return [...this.#declarations.values()].join('\n\n')
  }

  /**
   * The type of a node.
   * @param path - Names that lead to it, e.g. `['Spec', 'dcp']`
   */
  typeOf(node: SchemaNode, path: readonly string[]): string {
    const type = this.#notNull(node, path)
    return node.nullable === true ? `${type} | null` : type
  }

  #notNull(node: SchemaNode, path: readonly string[]): string {
    if (node['x-kubernetes-int-or-string'] === true) return 'number | string'
    if (node.enum !== undefined)
      return node.enum.map((value) => (typeof value === 'string' ? quoted(value) : String(value))).join(' | ')
    switch (node.type) {
      case 'string':
      case 'boolean':
      case 'number':
        return node.type
      case 'integer':
        return 'number'
      case 'array':
        return `Array<${this.typeOf(node.items ?? {}, [...path.slice(0, -1), singular(path.at(-1) ?? '')])}>`
      case 'object':
        return node.properties === undefined ? this.#map(node, path) : this.#interface(node, path)
      default:
        return 'unknown'
    }
  }

  #map({ additionalProperties }: SchemaNode, path: readonly string[]): string {
    const values = typeof additionalProperties === 'object' ? this.typeOf(additionalProperties, path) : 'unknown'
    return `Record<string, ${values}>`
  }

  #interface(node: SchemaNode, path: readonly string[]): string {
    const { description, ...shape } = node
    const identity = JSON.stringify(shape)
    const known = this.#names.get(identity)
    if (known !== undefined) return known
    const name = this.#freeName(path)
    this.#names.set(identity, name)
    this.#declarations.set(name, '')
    const fields = Object.entries(node.properties ?? {}).map(([key, property]) => {
      const type = this.typeOf(property, [...path, key])
      const needed = node.required?.includes(key) === true && property.default === undefined
      const comment = docComment(described(property))
      return `${comment}${propertyName(key)}${needed ? '' : '?'}: ${type}${needed || type === 'unknown' ? '' : ' | undefined'}`
    })
    this.#declarations.set(name, `${docComment(description)}export interface ${name} {\n${fields.join('\n')}\n}`)
    return name
  }

  #freeName(path: readonly string[]): string {
    const [top = '', ...rest] = path
    if (rest.length === 0) return `${this.#prefix}${pascalCase(top)}`
    for (let length = 1; length <= rest.length; length += 1) {
      const name = this.#prefix + rest.slice(-length).map(pascalCase).join('')
      if (!this.#declarations.has(name)) return name
    }
    return `${this.#prefix}${path.map(pascalCase).join('')}${this.#declarations.size}`
  }
}

function described({ description = '', default: byDefault }: SchemaNode): string {
  if (byDefault === undefined) return description
  return `${description}${description === '' ? '' : '\n'}@default ${JSON.stringify(byDefault)}`
}
