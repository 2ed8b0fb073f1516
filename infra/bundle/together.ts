/**
 * What must hold for the functions of an edition together.
 */
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import type { CrdFile } from './generate/crd.ts'

/** A function as far as it matters to the others. */
interface Described {
  /** Path of its source file. */
  readonly source: string
  readonly definition: FunctionDefinition
}

/**
 * Checks that each path leads to one function, that each function's kind has a CRD, and that each kind has a function.
 * @param functions - All functions
 * @param crds - All kinds
 * @param served - The kinds that must have a function
 * @throws {Error} naming the files
 */
export function checkTogether(
  functions: readonly Described[],
  crds: readonly CrdFile[],
  served: readonly CrdFile[],
): void {
  const taken: { readonly route: string; readonly source: string }[] = []
  for (const { source, definition } of functions) {
    for (const route of definition.routes) {
      const other = taken.find((one) => one.source !== source && overlap(one.route, route))
      if (other !== undefined) {
        throw new Error(`${source}: the route ${route} has paths in common with ${other.route} of ${other.source}.`)
      }
    }
    taken.push(...definition.routes.map((route) => ({ route, source })))
  }
  const isOf = ({ definition: { resource } }: Described, { crd: { spec } }: CrdFile): boolean =>
    resource?.group === spec.group && resource.plural === spec.names.plural
  for (const one of functions) {
    const { resource } = one.definition
    if (resource !== undefined && !crds.some((source) => isOf(one, source))) {
      throw new Error(`${one.source}: no CRD defines ${resource.plural}.${resource.group}.`)
    }
  }
  for (const source of served) {
    if (functions.some((one) => isOf(one, source))) continue
    throw new Error(`${source.file}: no function serves the kind. It needs ${source.crd.spec.names.plural}.ts.`)
  }
}

/** Whether one path matches both templates. */
function overlap(one: string, other: string): boolean {
  const [segments, others] = [one.split('/'), other.split('/')]
  return (
    segments.length === others.length &&
    segments.every((segment, at) => segment === others[at] || segment.startsWith(':') || others[at]?.startsWith(':'))
  )
}
