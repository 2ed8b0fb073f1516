/**
 * The narrow door to @kubernetes/client-node: only its request factory, which writes URLs and query parameters, comes
 * into the bundle. Importing more of the package costs a function its cold start.
 * @module
 */
import { CustomObjectsApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/CustomObjectsApi.js'
import type { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js'
import { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js'
import { assertPath, type Target, targetPath } from './path.ts'

/** What is asked of the API server. */
export interface KubeRequest extends Target {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete'
  /** Query parameters by the API server's names; `undefined` ones are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  /** JSON text of the body. */
  readonly body?: string | undefined
  /** Media type of the body (default `application/json`). */
  readonly contentType?: string | undefined
  /** Whether the answer goes on for as long as it likes, like that of a watch. */
  readonly isStream?: boolean | undefined
  /** Ends the request, and the stream of a watch. The deadline of a watch ends with its headers. */
  readonly signal?: AbortSignal | undefined
}

/** The host is a formality: the `KUBE` binding decides where requests go. */
const server = new ServerConfiguration('https://kubernetes.default.svc', {})
const factory = new CustomObjectsApiRequestFactory({
  baseServer: server,
  authMethods: {},
  middleware: [],
  httpApi: {
    send(): never {
      throw new TypeError('the factory only builds requests')
    },
  },
})

/**
 * The URL and method of a request. Its path is the one that {@link targetPath} spells out, or this throws.
 * @throws {TypeError} if a segment is not a Kubernetes name, or the finished path is not the intended one
 */
export async function buildRequest(request: KubeRequest): Promise<{ url: URL; method: `${HttpMethod}` }> {
  const path = targetPath(request)
  const context = request.group === '' ? server.makeRequestContext(path, METHODS[request.verb]) : await custom(request)
  const url = new URL(context.getUrl())
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  if (request.verb === 'watch') url.searchParams.set('watch', 'true')
  assertPath(url, path)
  return { url, method: context.getHttpMethod() }
}

/**
 * The URL of what the API server says about itself.
 * @param path - Of constants, or of names from a CRD
 */
export function discoveryUrl(path: string): URL {
  const url = new URL(server.makeRequestContext(path, 'GET' as HttpMethod).getUrl())
  assertPath(url, path)
  return url
}

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Record<KubeRequest['verb'], `${HttpMethod}`>

/** The factory's request for a custom object. The body is set by the client, which has it as text already. */
function custom(request: KubeRequest): Promise<RequestContext> {
  const { verb, group, version, namespace, plural, name } = request
  if (verb === 'list' || verb === 'watch') {
    return namespace === undefined
      ? factory.listCustomObjectForAllNamespaces(group, version, plural)
      : factory.listNamespacedCustomObject(group, version, namespace, plural)
  }
  if (namespace === undefined) throw new TypeError(`${verb} needs a namespace`)
  if (verb === 'create') return factory.createNamespacedCustomObject(group, version, namespace, plural, {})
  if (name === undefined) throw new TypeError(`${verb} needs a name: a collection is never written or deleted at once`)
  switch (verb) {
    case 'get':
      return factory.getNamespacedCustomObject(group, version, namespace, plural, name)
    case 'patch':
      return factory.patchNamespacedCustomObject(group, version, namespace, plural, name, {})
    case 'delete':
      return factory.deleteNamespacedCustomObject(group, version, namespace, plural, name)
  }
}
