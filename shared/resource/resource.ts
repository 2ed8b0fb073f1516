/**
 * `resource()`: from a declaration to a function.
 * @module
 */
import { prefersEvents } from '../http/negotiate.ts'
import type { CustomResource } from '../kind/custom-resource.ts'
import type { Verb } from '../kind/description.ts'
import type { Call, Route } from '../server/call.ts'
import type { FunctionModule } from '../server/definition.ts'
import type { RouteDocument } from '../server/route-document.ts'
import { serve } from '../server/serve.ts'
import type { Action, Locate, Resource, ResourceOptions, View } from './declaration.ts'
import { isShared } from './kind-index.ts'
import type { Place } from './place.ts'
import { policyRules } from './rbac.ts'
import { get, show } from './read/get.ts'
import { list } from './read/list.ts'
import { listAll } from './read/list-all.ts'

/** What changes objects, and what follows changes, each loaded when it is first needed. */
const watches = () => import('./watch/watch.ts')
const writes = () => import('./write/writes.ts')

const ALL_VERBS: readonly Verb[] = ['list', 'get', 'create', 'replace', 'patch', 'delete', 'watch']

/**
 * A function for a kind.
 * @param kind - Generated from its CRD
 * @param options - What can be done to it beyond the usual, and what not
 */
export function resource(kind: CustomResource, options: ResourceOptions = {}): FunctionModule {
  const { scope } = kind
  if (scope === undefined) throw new TypeError(`the CRD of ${kind.plural} does not say whose objects these are`)
  const declared: Resource = {
    ...kind,
    ...options,
    scope,
    verbs: options.verbs ?? ALL_VERBS,
    actions: options.actions ?? {},
    views: options.views ?? {},
    ...(options.locate === undefined && isShared(kind) && { locate: locateShared }),
  }
  const routes = routesOf(declared)
  return serve(
    {
      name: kind.plural,
      routes: [...new Set(routes.map(({ path }) => path))],
      resource: {
        group: kind.group,
        version: kind.version,
        kind: kind.kind,
        plural: kind.plural,
        scope,
        verbs: declared.verbs,
        actions: Object.keys(declared.actions),
        views: Object.keys(declared.views),
      },
      rbac: policyRules(declared),
    },
    routes,
  )
}

async function locateShared(...request: Parameters<Locate>): Promise<Place> {
  const { sharedPlace } = await import('./shared-place.ts')
  return sharedPlace(...request)
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
      document: { operation: 'list' },
      handle: async (call) => (isWatch(call, resource) ? (await watches()).watch : list)(call, resource),
    }),
    ...has('create', {
      method: 'POST',
      path: collection,
      document: { operation: 'create' },
      handle: async (call) => (await writes()).create(call, resource),
    }),
    ...has('get', {
      method: 'GET',
      path: object,
      document: { operation: 'get' },
      handle: async (call) => (isWatch(call, resource) ? (await watches()).watchObject : get)(call, resource),
    }),
    ...has('replace', {
      method: 'PUT',
      path: object,
      document: { operation: 'replace' },
      handle: async (call) => (await writes()).replace(call, resource),
    }),
    ...has('patch', {
      method: 'PATCH',
      path: object,
      document: { operation: 'patch' },
      handle: async (call) => (await writes()).patch(call, resource),
    }),
    ...has('delete', {
      method: 'DELETE',
      path: object,
      document: { operation: 'delete' },
      handle: async (call) => (await writes()).remove(call, resource),
    }),
    ...Object.entries(views).map(
      ([name, view]): Route => ({
        method: 'GET',
        path: `${object}/${name}`,
        document: viewDocument(name, view),
        handle: (call) => show(call, resource, name, view),
      }),
    ),
    ...Object.entries(actions).map(
      ([name, action]): Route => ({
        method: 'POST',
        path: `${object}/${name}`,
        document: actionDocument(name, action),
        handle: async (call) => (await writes()).act(call, resource, name, action),
      }),
    ),
    ...(scope === 'organization'
      ? has('list', {
          method: 'GET',
          path: `/v1/${plural}`,
          document: { operation: 'listAll' },
          handle: async (call) => (isWatch(call, resource) ? (await watches()).watchAll : listAll)(call, resource),
        })
      : []),
    ...routes,
  ]
}

/** Whether a read is to go on as a stream of events. */
function isWatch({ request }: Call, { verbs }: Resource): boolean {
  return verbs.includes('watch') && prefersEvents(request)
}

function viewDocument(name: string, { summary, query, mediaType, document, problems }: View): RouteDocument {
  return {
    operation: 'view',
    name,
    summary,
    ...(query && { query }),
    ...(mediaType && { mediaType }),
    ...(document && { output: document }),
    ...(problems && { problems }),
  }
}

function actionDocument(name: string, { summary, document }: Action): RouteDocument {
  return { operation: 'action', name, summary, ...(document && { input: document }) }
}
