/**
 * The only import of @kubernetes/client-node: its request factory, which writes URLs. More of the package would make cold
 * starts slow.
 */
import { CustomObjectsApiRequestFactory } from '@kubernetes/client-node/dist/gen/apis/CustomObjectsApi.js'
import type { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js'
import { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js'
import { assertPath, type Target, targetPath } from './path.ts'

/** A request to the API server. */
export interface KubeRequest extends Target {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete'
  /** Query parameters. Those that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  /** JSON text of the body. */
  readonly body?: string | undefined
  /** Media type of the body (default `application/json`). */
  readonly contentType?: string | undefined
  /** Accepted media types of the answer (default `application/json`). */
  readonly accept?: string | undefined
  /** Whether the answer is passed on as it arrives, like that of a watch: the deadline then ends with its headers. */
  readonly isStream?: boolean | undefined
  /** Whether a write stores nothing, as its query or body says. */
  readonly isDryRun?: boolean | undefined
  /** Aborts the request, and the stream of a watch. */
  readonly signal?: AbortSignal | undefined
}

/** A placeholder: the `KUBE` binding decides where requests go. */
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
 * The URL and method of a request.
 * @throws {TypeError} if a segment is not a Kubernetes name, or the path of the URL is not that of {@link targetPath}
 */
export async function buildRequest(request: KubeRequest): Promise<{ url: URL; method: `${HttpMethod}` }> {
  const path = targetPath(request)
  // The factory has no path for creating what is in no namespace, such as a SelfSubjectAccessReview.
  const isPlain = request.group === '' || (request.verb === 'create' && request.namespace === undefined)
  const context = isPlain ? server.makeRequestContext(path, METHODS[request.verb]) : await custom(request)
  const url = new URL(context.getUrl())
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  if (request.verb === 'watch') url.searchParams.set('watch', 'true')
  assertPath(url, path)
  return { url, method: context.getHttpMethod() }
}

/**
 * The URL of discovery and the version.
 * @param path - Made of constants and names in CRDs
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

/** The factory's request for a custom object. The client sets the body, which it has as text. */
function custom(request: KubeRequest): Promise<RequestContext> {
  const { verb, group, version, namespace, plural, name } = request
  if (verb === 'list' || verb === 'watch') {
    return namespace === undefined
      ? factory.listCustomObjectForAllNamespaces(group, version, plural)
      : factory.listNamespacedCustomObject(group, version, namespace, plural)
  }
  if (namespace === undefined) throw new TypeError(`${verb} needs a namespace`)
  if (verb === 'create') return factory.createNamespacedCustomObject(group, version, namespace, plural, {})
  if (name === undefined) throw new TypeError(`${verb} needs a name: it is never sent for many objects at once`)
  switch (verb) {
    case 'get':
      return factory.getNamespacedCustomObject(group, version, namespace, plural, name)
    case 'patch':
      return factory.patchNamespacedCustomObject(group, version, namespace, plural, name, {})
    case 'delete':
      return factory.deleteNamespacedCustomObject(group, version, namespace, plural, name)
  }
}
