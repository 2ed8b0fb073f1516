/**
 * What a function says about itself, read from its bundle.
 * @module
 */
import { pathToFileURL } from 'node:url'
import * as v from 'valibot'
import type { RouteAddress } from '../../shared/server/call.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'

const names = v.array(v.string())

/** What the build and the manifests rely on; the rest is the function's own. */
const Definition = v.looseObject({
  name: v.string(),
  routes: v.pipe(v.array(v.pipe(v.string(), v.startsWith('/'))), v.minLength(1)),
  resource: v.optional(
    v.looseObject({
      group: v.string(),
      version: v.string(),
      kind: v.string(),
      plural: v.string(),
      scope: v.picklist(['organization', 'platform']),
      verbs: names,
      actions: names,
      views: names,
    }),
  ),
  rbac: v.array(v.looseObject({ apiGroups: names, resources: names, verbs: names })),
})

/** What a function's module shows, as plain data. */
export interface ReadModule {
  readonly definition: FunctionDefinition
  /** None if the module does not show them. */
  readonly routes: readonly RouteAddress[]
}

/**
 * Evaluates a bundle and reads `definition` and `routes` of what its entry loads.
 * @param name - Of the function
 * @param file - Its bundle
 * @param version - Changes whenever the bundle does: Node keeps modules by their URL
 * @throws {Error} if there is no handler, or the definition is not plain data of the right shape and name
 */
export async function readModule(name: string, file: string, version: string): Promise<ReadModule> {
  const module = await import(`${pathToFileURL(file).href}?${encodeURIComponent(version)}`)
  const { fetch, definition, routes = [] } = (await module.default.load()) ?? {}
  if (typeof fetch !== 'function') throw new Error(`functions/${name}.ts has no default export with a fetch function`)
  const { success, issues } = v.safeParse(Definition, definition)
  if (!success) {
    const faults = issues.map((issue) => `${v.getDotPath(issue) ?? 'definition'}: ${issue.message}`)
    throw new Error(`functions/${name}.ts is not defined properly: ${faults.join('; ')}`)
  }
  if (definition.name !== name) throw new Error(`functions/${name}.ts calls itself ${definition.name}`)
  return JSON.parse(JSON.stringify({ definition, routes }))
}
