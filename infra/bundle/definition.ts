/**
 * Reads a function's definition from its bundle.
 */
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as v from 'valibot'
import type { RouteAddress } from '../../shared/server/call.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'

const names = v.array(v.string())

/** The properties that the build and the manifests need; a function may have more. */
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
  features: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[a-z][A-Za-z0-9]*$/, 'The name of a feature must look like auditSearch'))),
  ),
  rbac: v.array(v.looseObject({ apiGroups: names, resources: names, verbs: names })),
})

/** What a function's module exports, as plain data. */
export interface ReadModule {
  readonly definition: FunctionDefinition
  /** Empty if the module exports none. */
  readonly routes: readonly RouteAddress[]
}

/**
 * Evaluates a bundle and reads the `definition` and `routes` of the module that its entry loads.
 * @param source - The source file of the function, which has its name
 * @param file - Its bundle
 * @param version - Must change with the bundle, because Node caches modules by URL
 * @throws {Error} if there is no handler, or the definition has the wrong shape or name
 */
export async function readModule(source: string, file: string, version: string): Promise<ReadModule> {
  const module = await import(`${pathToFileURL(file).href}?${encodeURIComponent(version)}`)
  const { fetch, definition, routes = [] } = (await module.default.load()) ?? {}
  if (typeof fetch !== 'function') throw new Error(`${source} has no default export with a fetch function`)
  const { success, issues } = v.safeParse(Definition, definition)
  if (!success) {
    const faults = issues.map((issue) => `${v.getDotPath(issue) ?? 'definition'}: ${issue.message}`)
    throw new Error(`${source} has an invalid definition: ${faults.join('; ')}`)
  }
  if (definition.name !== basename(source, '.ts'))
    throw new Error(`${source} has the name ${definition.name} in its definition`)
  return JSON.parse(JSON.stringify({ definition, routes }))
}
