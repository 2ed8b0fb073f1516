/**
 * Finds causes in a graph of failing objects.
 */

/**
 * The failing objects that depend on no other failing object. Of objects that depend on each other none is deeper, so all of them
 * are causes unless they depend on a further one.
 * @param failing - In any order, which the result keeps
 * @param dependsOn - The failing objects that one depends on directly
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { deepest } from './deepest.ts'
 *
 * const edges: Record<string, string[]> = { connector: ['hub', 'vault'], hub: ['vault'], vault: [] }
 * assert.deepEqual(deepest(Object.keys(edges), (name) => edges[name] ?? []), ['vault'])
 * ```
 */
export function deepest<Node>(failing: readonly Node[], dependsOn: (node: Node) => readonly Node[]): Node[] {
  const reach = (from: Node, reached = new Set<Node>()): Set<Node> => {
    for (const next of dependsOn(from)) {
      if (reached.has(next)) continue
      reached.add(next)
      reach(next, reached)
    }
    return reached
  }
  return failing.filter((node) => [...reach(node)].every((other) => reach(other).has(node)))
}
