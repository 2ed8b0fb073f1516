/**
 * Names and attributes of spans, which follow the semantic conventions for HTTP. They never contain queries, headers or claims,
 * which could be secret or personal.
 * @see {@link https://opentelemetry.io/docs/specs/semconv/http/http-spans/}
 */
import { isProblem } from '../http/problem.ts'
import type { RequestEnd } from '../runtime/trace.ts'
import type { Attributes } from './span.ts'

/** What a span is called, and what is known of it. */
export interface Described {
  readonly name: string
  readonly attributes: Attributes
}

/**
 * The span of a request of a client.
 * @param address - URL that the client used
 */
export function serverSpan(method: string, address: URL): Described {
  return {
    name: nameOf(method),
    attributes: {
      'http.request.method': methodOf(method),
      'url.path': safePath(address.pathname),
      ...serverOf(address),
      'url.scheme': address.protocol.slice(0, -1),
    },
  }
}

/** What is added when it has ended. */
export function serverEnd(method: string, { status, route, code }: RequestEnd) {
  const template = route?.replaceAll(/:(\w+)/g, '{$1}')
  const isError = status >= 500
  return {
    name: nameOf(method, template),
    isError,
    attributes: {
      'http.route': template,
      'http.response.status_code': status,
      'kaphera.problem': code,
      'error.type': isError ? (code ?? `${status}`) : undefined,
    },
  }
}

/** The span of a request to the API server, an issuer or another function. */
export function clientSpan({ method, url }: Request): Described {
  const address = new URL(url)
  const template = kubeTemplate(address.pathname)
  return {
    name: nameOf(method, template),
    attributes: {
      'http.request.method': methodOf(method),
      'url.full': address.origin + safePath(address.pathname),
      'url.template': template,
      ...serverOf(address),
    },
  }
}

/** What is added when the answer is there. */
export function clientEnd(status: number) {
  const isError = status >= 400
  return {
    isError,
    attributes: { 'http.response.status_code': status, 'error.type': isError ? `${status}` : undefined },
  }
}

/** What is added when an error was thrown. A problem below 500 is the client's, so the span has not failed. */
export function failed(error: unknown) {
  if (isProblem(error)) return { isError: error.status >= 500, attributes: { 'error.type': error.code } }
  return { isError: true, attributes: { 'error.type': error instanceof Error ? error.name : '_OTHER' } }
}

function methodOf(method: string): string {
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : '_OTHER'
}

function nameOf(method: string, template?: string): string {
  const known = methodOf(method).replace('_OTHER', 'HTTP')
  return template === undefined ? known : `${known} ${template}`
}

function serverOf({ protocol, hostname, port }: URL): Attributes {
  const known = port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(port)
  return { 'server.address': hostname.replaceAll(/[[\]]/g, ''), 'server.port': known }
}

/** A path without what cannot be a name: a client may write anything into it, such as an address or a token. */
function safePath(path: string): string {
  return path.replaceAll(/[^/]+/g, (segment) => (/^[a-z0-9.-]{1,253}$/.test(segment) ? segment : '*'))
}

/** The path of a request to the API server without the names of namespace and object; `undefined` for another path. */
function kubeTemplate(path: string): string | undefined {
  const [, base, namespace = '', plural, name = '', rest = ''] =
    /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+(?=\/))?\/([^/]+)(\/[^/]+)?(\/.+)?$/.exec(path) ?? []
  if (base === undefined) return /^\/(apis?\/|version$)/.test(path) ? path : undefined
  return `${base}${namespace && '/namespaces/{namespace}'}/${plural}${name && '/{name}'}${rest}`
}
