/**
 * `resource()`: from a declaration to a function.
 */
import { prefersEvents } from '../http/negotiate.ts'
import type { KindDescription, Verb } from '../kind/description.ts'
import type { Kind } from '../kind/kind.ts'
import { operationsOf } from '../kind/operation.ts'
import type { Call, Route } from '../server/call.ts'
import type { FunctionModule } from '../server/definition.ts'
import type { RouteOpenApi } from '../server/route-openapi.ts'
import { serve } from '../server/serve.ts'
import type { Action, Declaration, Locate, Resource, View } from './declaration.ts'
import { policyRules } from './rbac.ts'
import { get, show } from './read/get.ts'
import { list } from './read/list.ts'
import { diagnosis } from './views/diagnosis.ts'

/** Lists across organizations, watches and writes are loaded with the first request that needs them. */
const listsAcross = () => import('./read/list-all.ts')
const watches = () => import('./watch/watch.ts')
const writes = () => import('./write/writes.ts')

const ALL_VERBS: readonly Verb[] = ['list', 'get', 'create', 'replace', 'patch', 'delete', 'watch']

/**
 * A function for a kind.
 * @param kind - Generated from its CRD
 * @param declaration - What the function adds to it, and what it leaves out
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { Vault } from '../schemas/vaults.ts'
 * import { resource } from './resource.ts'
 * import { events } from './views/events.ts'
 * import { fieldsView, status } from './views/fields.ts'
 *
 * const location = fieldsView('Where the vault is', { type: 'spec.type', phase: 'status.phase' })
 * const vaults = resource(Vault, { verbs: ['list', 'get', 'create', 'delete'], views: { status, location, events } })
 * assert.equal(vaults.definition.name, 'vaults')
 * assert.ok(vaults.definition.routes.includes('/v1/organizations/:organization/vaults/:name/location'))
 * assert.deepEqual(
 *   vaults.routes.filter(({ path }) => path === '/v1/organizations/:organization/vaults').map(({ method }) => method),
 *   ['GET', 'POST'],
 * )
 * ```
 */
export function resource(kind: Kind, declaration: Declaration = {}): FunctionModule {
  const { scope } = kind
  if (scope === undefined)
    throw new TypeError(`the CRD of ${kind.plural} does not declare a scope (organization or platform)`)
  const declared: Resource = {
    ...kind,
    ...declaration,
    scope,
    verbs: declaration.verbs ?? ALL_VERBS,
    actions: declaration.actions ?? {},
    views: { ...declaration.views, diagnosis },
    ...(declaration.locate === undefined && kind.sharing !== undefined && { locate: locateShared }),
  }
  const description: KindDescription = {
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    plural: kind.plural,
    scope,
    verbs: declared.verbs,
    actions: Object.keys(declared.actions),
    views: Object.keys(declared.views),
  }
  assertDistinctNames(description)
  const routes = routesOf(declared)
  return serve(
    {
      name: kind.plural,
      routes: [...new Set(routes.map(({ path }) => path))],
      resource: description,
      ...(declared.features && { features: declared.features }),
      rbac: policyRules(declared),
    },
    routes,
  )
}

/** Permissions show operations by their names alone, so those of one kind must differ. */
function assertDistinctNames(description: KindDescription): void {
  const names = operationsOf(description).map(({ name }) => name)
  const same = names.find((name, index) => names.indexOf(name) !== index)
  if (same !== undefined) throw new TypeError(`${description.plural} has two operations that are named ${same}`)
}

const locateShared: Locate = async (...request) => {
  const { sharedCollection } = await import('./shared-collection.ts')
  return sharedCollection(...request)
}

function routesOf(resource: Resource): Route[] {
  const { plural, scope, verbs, actions, views, routes = [] } = resource
  const collection = scope === 'platform' ? `/v1/${plural}` : `/v1/organizations/:organization/${plural}`
  const object = `${collection}/:name`
  const has = (verb: Verb, route: Route): Route[] => (verbs.includes(verb) ? [route] : [])
  return [
    ...has('list', {
      method: 'GET',
      path: collection,
      openapi: { operation: 'list' },
      handle: async (call) => (isWatch(call, resource) ? (await watches()).watch : list)(call, resource),
    }),
    ...has('create', {
      method: 'POST',
      path: collection,
      openapi: { operation: 'create' },
      handle: async (call) => (await writes()).create(call, resource),
    }),
    ...has('get', {
      method: 'GET',
      path: object,
      openapi: { operation: 'get' },
      handle: async (call) => (isWatch(call, resource) ? (await watches()).watchObject : get)(call, resource),
    }),
    ...has('replace', {
      method: 'PUT',
      path: object,
      openapi: { operation: 'replace' },
      handle: async (call) => (await writes()).replace(call, resource),
    }),
    ...has('patch', {
      method: 'PATCH',
      path: object,
      openapi: { operation: 'patch' },
      handle: async (call) => (await writes()).patch(call, resource),
    }),
    ...has('delete', {
      method: 'DELETE',
      path: object,
      openapi: { operation: 'delete' },
      handle: async (call) => (await writes()).remove(call, resource),
    }),
    ...Object.entries(views).map(
      ([name, view]): Route => ({
        method: 'GET',
        path: `${object}/${name}`,
        openapi: viewOpenApi(name, view),
        handle: (call) => show(call, resource, name, view),
      }),
    ),
    ...Object.entries(actions).map(
      ([name, action]): Route => ({
        method: 'POST',
        path: `${object}/${name}`,
        openapi: actionOpenApi(name, action),
        handle: async (call) => (await writes()).act(call, resource, name, action),
      }),
    ),
    ...(scope === 'organization'
      ? has('list', {
          method: 'GET',
          path: `/v1/${plural}`,
          openapi: { operation: 'listAll' },
          handle: async (call) =>
            isWatch(call, resource)
              ? (await watches()).watchAll(call, resource)
              : (await listsAcross()).listAll(call, resource),
        })
      : []),
    ...routes,
  ]
}

/** Whether the client wants a stream of events. */
function isWatch({ request }: Call, { verbs }: Resource): boolean {
  return verbs.includes('watch') && prefersEvents(request)
}

function viewOpenApi(name: string, { summary, query, mediaType, openapi, problems }: View): RouteOpenApi {
  return {
    operation: 'view',
    name,
    summary,
    ...(query && { query }),
    ...(mediaType && { mediaType }),
    ...(openapi && { output: openapi }),
    ...(problems && { problems }),
  }
}

function actionOpenApi(name: string, { summary, openapi }: Action): RouteOpenApi {
  return { operation: 'action', name, summary, ...(openapi && { input: openapi }) }
}
