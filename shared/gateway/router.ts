/**
 * Which function serves a path.
 * @module
 */
import type { FunctionDefinition } from '../server/definition.ts'

/** Finds the function behind a path. */
export type Router = (path: string) => string | undefined

/**
 * A router over the routes of all functions. A literal segment wins over a parameter, whatever the order.
 * @param catalogue - Their definitions
 */
export function createRouter(catalogue: readonly FunctionDefinition[]): Router {
  const root: Node = { children: new Map() }
  for (const { name, routes } of catalogue) for (const route of routes) add(root, segmentsOf(route), name)
  return (path) => find(root, segmentsOf(path))
}

interface Node {
  readonly children: Map<string, Node>
  /** What any segment leads to that no child has. */
  any?: Node
  /** The function whose path ends here. */
  name?: string
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1)
}

function add(root: Node, segments: readonly string[], name: string): void {
  let node = root
  for (const segment of segments) {
    if (segment.startsWith(':')) {
      node.any ??= { children: new Map() }
      node = node.any
    } else {
      const next = node.children.get(segment) ?? { children: new Map() }
      node.children.set(segment, next)
      node = next
    }
  }
  node.name = name
}

function find(node: Node, segments: readonly string[]): string | undefined {
  const [segment, ...rest] = segments
  if (segment === undefined) return node.name
  const literal = node.children.get(segment)
  const found = literal === undefined ? undefined : find(literal, rest)
  return found ?? (node.any === undefined || segment === '' ? undefined : find(node.any, rest))
}
