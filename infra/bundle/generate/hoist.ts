/**
 * Takes repeated pieces out of a schema, so that each stands in the bundle once.
 * @module
 */
import type { Expression } from './schema.ts'
import { pascalCase } from './text.ts'

/** Pieces shorter than this are not worth a name. */
const MINIMUM_LENGTH = 48

/** A schema with its repeated pieces taken out. */
export interface Hoisted {
  /** Name and code of each piece, those first that others use. */
  readonly constants: readonly (readonly [name: string, code: string])[]
  /** The code of the schema itself. */
  readonly code: string
}

/** Takes out what occurs more than once. */
export function hoist(root: Expression): Hoisted {
  const counts = new Map<string, number>()
  count(root, counts)
  const names = new Map<string, string>()
  const constants: [string, string][] = []
  const render = (expression: Expression): string => {
    if ((counts.get(expression.code) ?? 0) < 2 || expression.code.length < MINIMUM_LENGTH)
      return expression.render(render)
    const known = names.get(expression.code)
    if (known !== undefined) return known
    const code = expression.render(render)
    const name = freeName(expression.path, new Set(names.values()))
    names.set(expression.code, name)
    constants.push([name, code])
    return name
  }
  const code = root.render(render)
  return { constants, code }
}

/** Counts each piece; the parts of a piece that was seen before are not counted again, for it will be taken out whole. */
function count(expression: Expression, counts: Map<string, number>): void {
  const times = (counts.get(expression.code) ?? 0) + 1
  counts.set(expression.code, times)
  if (times === 1 || expression.code.length < MINIMUM_LENGTH) for (const part of expression.parts) count(part, counts)
}

function freeName(path: readonly string[], taken: ReadonlySet<string>): string {
  for (let length = 1; length <= path.length; length += 1) {
    const name = camelCase(path.slice(-length))
    if (!taken.has(name)) return name
  }
  return `${camelCase(path)}${taken.size}`
}

/** Ends in an underscore: names of properties may be those of the schemas' building blocks. */
function camelCase(path: readonly string[]): string {
  const name = path.map(pascalCase).join('')
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_`
}
