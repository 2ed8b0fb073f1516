import type { FunctionDefinition } from '../server/definition.ts'

/** Finds the function that serves a path. */
export type Router = (path: string) => string | undefined

/**
 * A router over the routes of all functions. A literal segment wins over a parameter, in whatever order they are given.
 * @param catalog - Definitions of the functions
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { createRouter } from './router.ts'
 *
 * const find = createRouter([
 *   { name: 'vaults', routes: ['/v1/organizations/:organization/vaults'], rbac: [] },
 *   { name: 'organizations', routes: ['/v1/organizations/:name'], rbac: [] },
 * ])
 * assert.equal(find('/v1/organizations/acme/vaults'), 'vaults')
 * assert.equal(find('/v1/organizations/acme'), 'organizations')
 * assert.equal(find('/v2'), undefined)
 * ```
 */
export function createRouter(catalog: readonly FunctionDefinition[]): Router {
  const routes = catalog
    .flatMap(({ name, routes }) => routes.map((route) => ({ name, segments: route.split('/') })))
    .sort((a, b) => (sortKey(a.segments) < sortKey(b.segments) ? -1 : 1))
  return (path) => {
    const given = path.split('/')
    return routes.find(({ segments }) => matches(segments, given))?.name
  }
}

/** Parameters come after every literal. */
function sortKey(segments: readonly string[]): string {
  return segments.map((segment) => (isParameter(segment) ? '\uffff' : segment)).join('/')
}

function matches(segments: readonly string[], given: readonly string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, at) => segment === given[at] || (isParameter(segment) && given[at] !== ''))
  )
}

function isParameter(segment: string): boolean {
  return segment.startsWith(':')
}
