/**
 * What may reach the API server: a stand-in that judges every request by a list of paths, queries and headers.
 */
import { KINDS } from '../../../shared/schemas/kinds.ts'
import { CONNECTOR } from './connector.ts'

/** Namespaces in which the caller of the test may lead the server to read, and kinds that all callers see. */
const NAMESPACES = ['org-acme', 'kaphera-system']
const NAME = '[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*'
const KIND_PATHS = Object.entries(KINDS).map(
  ([plural, { group, version }]) => `/apis/${group}/${version}(/namespaces/(?<namespace>[^/]+))?/${plural}`,
)

/** Paths by their templates. A namespace is checked against {@link NAMESPACES}. */
const PATHS = [
  /^\/api\/v1\/namespaces(\/(?<namespace>[^/]+))?$/,
  /^\/api\/v1\/namespaces\/(?<namespace>[^/]+)\/(events|resourcequotas)$/,
  new RegExp(`^/api/v1/namespaces/(?<namespace>[^/]+)/pods(/${NAME}/log)?$`),
  /^\/apis\/events[.]k8s[.]io\/v1\/namespaces\/(?<namespace>[^/]+)\/events$/,
  ...KIND_PATHS.map((path) => new RegExp(`^${path}(/${NAME}(/scale|/status)?)?$`)),
  /^\/apis\/authorization[.]k8s[.]io\/v1\/selfsubjectaccessreviews$/,
  /^\/apis\/[a-z.]+[.]kaphera[.]com\/v1alpha1$/,
  /^\/version$/,
]

/** Query parameters, and what their values look like. */
const QUERY: Readonly<Record<string, RegExp>> = {
  limit: /^\d{1,3}$/,
  continue: /^kube-\d+$/,
  labelSelector: /^.{0,2048}$/s,
  fieldSelector: /^.{0,4096}$/s,
  resourceVersion: /^\d{1,20}$/,
  resourceVersionMatch: /^(NotOlderThan|Exact)$/,
  allowWatchBookmarks: /^true$/,
  sendInitialEvents: /^true$/,
  timeoutSeconds: /^\d{1,3}$/,
  watch: /^true$/,
  dryRun: /^All$/,
  force: /^(true|false)$/,
  fieldManager: /^kaphera:[-A-Za-z0-9._]{1,64}$/,
  fieldValidation: /^Strict$/,
  propagationPolicy: /^Background$/,
  container: /^[a-z0-9-]{1,63}$/,
  tailLines: /^\d{1,4}$/,
  sinceSeconds: /^\d{1,7}$/,
  limitBytes: /^\d+$/,
  follow: /^true$/,
  includeObject: /^(Metadata|Object|None)$/,
}

/** Headers, and what their values look like. */
const HEADERS: Readonly<Record<string, RegExp>> = {
  accept: /^application\/json(;as=Table;v=v1;g=meta\.k8s\.io(, ?application\/json)?)?$|^text\/plain$|^\*\/\*$/,
  authorization: /^Bearer service-account-token$/,
  'content-type': /^application\/(json|merge-patch\+json|json-patch\+json|apply-patch\+yaml)$/,
  'user-agent': /^kaphera-cloud-server(\/[\w.-]+)?$/,
  traceparent: /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(-[!-~]*)?$/,
  tracestate: /^[ -~]{1,512}$/,
}

/** With `KUBE_IDENTITY=impersonate`. */
const IMPERSONATION: Readonly<Record<string, RegExp>> = {
  'impersonate-user': /^kaphera:[\w-]+:ada$/,
  'impersonate-group': /^kaphera:organization:acme:admin$/,
  'impersonate-extra-cloud.kaphera.com%2frequest-id': /^[\w=-]{1,255}$/,
  'impersonate-extra-cloud.kaphera.com%2forganization': /^acme$/,
}

const SHARED = Object.keys(KINDS).filter((plural) => KINDS[plural]?.sharing !== undefined)
/** What is read of any organization: whether the caller is a member, may see an object that it shares, or decides on its membership. */
const ASKED = new RegExp(
  `^/api/v1/namespaces/[^/]+$|/organizationmembers$|/(dataspacememberships|${SHARED.join('|')})/[^/]+$`,
)

/**
 * What is wrong with a request to the API server; `undefined` if it is expected.
 * @param names - What the path of the client's request names: organizations, for all that the server knows
 */
export function unexpected(request: Request, isImpersonating: boolean, names: readonly string[]): string | undefined {
  const { pathname, searchParams, hash, username } = new URL(request.url)
  const match = PATHS.map((path) => path.exec(pathname)).find((found) => found !== null)
  if (match === undefined || match === null) return `the path ${pathname}`
  const namespace = match.groups?.namespace
  const isNamed = names.some((name) => namespace === `org-${name}`)
  const isAsked = isNamed && request.method === 'GET' && ASKED.test(pathname)
  if (namespace !== undefined && !isAsked && !NAMESPACES.includes(namespace)) return `the namespace ${namespace}`
  if (hash !== '' || username !== '') return `the address ${request.url}`
  for (const [name, value] of searchParams)
    if (QUERY[name]?.test(value) !== true) return `the parameter ${name}=${value}`
  for (const [name, value] of request.headers) {
    const rule = HEADERS[name] ?? (isImpersonating ? IMPERSONATION[name] : undefined)
    if (rule?.test(value) !== true) return `the header ${name}: ${value}`
  }
  return undefined
}

/** The kind of a request: method, path without names, names of parameters and headers. New ones are coverage. */
export function signature(request: Request): string {
  const { pathname, searchParams } = new URL(request.url)
  const path = pathname.replace(/(\/namespaces\/)[^/]+(\/[^/]+)\/[^/]+/, '$1*$2/*')
  return `${request.method} ${path}?${[...searchParams.keys()].sort()} ${[...request.headers.keys()].join()}`
}

/** Answers like an API server that has one object of each kind. */
export async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  if (searchParams.get('watch') === 'true') return new Response('')
  if (/\/pods\/[^/]+\/log$/.test(pathname)) return new Response('a line\n')
  if (pathname === '/version') return Response.json({ gitVersion: 'v1.36.0' })
  if (request.method === 'POST' || request.method === 'PATCH') {
    const text = await request.text()
    return Response.json(text.startsWith('{') ? { ...objectAt(pathname), ...JSON.parse(text) } : objectAt(pathname))
  }
  const segments = pathname.split('/').slice(pathname.startsWith('/apis/') ? 4 : 3)
  const [, , plural = segments[0], name] =
    segments[0] === 'namespaces' && segments.length > 2 ? segments : ['', '', ...segments]
  if (name !== undefined) {
    return ['edc', 'acme', 'm1', 'pod-1'].includes(name)
      ? Response.json(objectAt(pathname))
      : Response.json(absent(plural), { status: 404 })
  }
  const items = plural === 'organizationmembers' ? [MEMBER] : [objectAt(`${pathname}/edc`)]
  const next = searchParams.get('limit') === '1' ? { continue: 'kube-1' } : {}
  // The resources are those of a group's discovery.
  return Response.json({ metadata: { resourceVersion: '7', ...next }, items, resources: [{ name: 'connectors' }] })
}

const MEMBER = {
  metadata: { name: 'm1', namespace: 'org-acme', uid: 'm', resourceVersion: '1' },
  spec: { subject: { kind: 'User', id: 'ada' }, role: 'admin' },
}

function absent(plural: string | undefined): object {
  return { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, details: { name: 'x', kind: plural } }
}

function objectAt(path: string): object {
  const organization = {
    ...CONNECTOR,
    kind: 'Organization',
    apiVersion: 'cloud.kaphera.com/v1alpha1',
    spec: { displayName: 'acme' },
  }
  if (/\/organizations(\/|$)/.test(path))
    return { ...organization, metadata: { ...CONNECTOR.metadata, name: 'acme', namespace: 'kaphera-system' } }
  if (/^\/api\/v1\/namespaces(\/[^/]+)?$/.test(path)) {
    return { metadata: { name: 'org-acme', uid: 'n', labels: { 'cloud.kaphera.com/organization': 'acme' } } }
  }
  if (/\/organizationmembers\//.test(path)) return MEMBER
  if (/\/pods/.test(path))
    return { metadata: { name: 'pod-1', namespace: 'org-acme' }, spec: { containers: [{ name: 'main' }] } }
  return CONNECTOR
}
