/**
 * Moves repeated pieces of a schema into constants, so that the bundle has each once.
 */
import type { Expression } from './schema.ts'
import { pascalCase } from './text.ts'

/** Shorter pieces stay where they are. */
const MINIMUM_LENGTH = 48

/** A schema whose repeated pieces are constants. */
export interface Hoisted {
  /** Name and code of each constant. A constant comes before those that use it. */
  readonly constants: readonly (readonly [name: string, code: string])[]
  /** The code of the schema itself. */
  readonly code: string
}

/** Moves pieces that occur more than once into constants. */
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

/** Counts each piece. The parts of a repeated piece are not counted again, because the whole piece becomes a constant. */
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

/** A constant's name ends in an underscore, so that it cannot equal the name of a building block. */
function camelCase(path: readonly string[]): string {
  const name = path.map(pascalCase).join('')
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_`
}
