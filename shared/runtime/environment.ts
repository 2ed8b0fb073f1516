/**
 * What the runtime hands to a function: its bindings and its configuration.
 * @module
 */

/** A binding that answers requests: another function, the cluster, the issuer, a directory. */
export interface Fetcher {
  fetch(input: Request | string, init?: RequestInit): Promise<Response>
}

/** The runtime's hooks into the life of a request. */
export interface ExecutionContext {
  /** Keeps the isolate alive for work that goes on after the answer. */
  waitUntil(promise: Promise<unknown>): void
}

/** A configuration value: absent, `null` and `''` all mean "not set". */
export type Setting = string | null | undefined

/** The bindings and settings of a function, as wrangler.toml declares them. */
export interface Environment {
  /** The Kubernetes API server. */
  readonly KUBE: Fetcher
  /** The projected ServiceAccount directory: `GET http://token/token` is the current token. */
  readonly KUBE_TOKEN: Fetcher
  /** The way to the issuers' discovery documents and keys, and to nothing else. */
  readonly OIDC: Fetcher
  readonly OIDC_ISSUER?: Setting
  readonly OIDC_AUDIENCE?: Setting
  readonly OIDC_DISCOVERY_URL?: Setting
  readonly OIDC_JWKS_URL?: Setting
  readonly AUTH_POLICY?: Setting
  /** Clients that people sign in with: what `/capabilities` tells a command line and a console. */
  readonly OIDC_CLI_CLIENT_ID?: Setting
  readonly OIDC_CONSOLE_CLIENT_ID?: Setting
  /** Scopes that those clients ask for, separated by spaces. */
  readonly OIDC_SCOPES?: Setting
  /** Origin under which clients reach this server, where the request itself does not show it. */
  readonly PUBLIC_URL?: Setting
  /** Host of a function in a process of its own, `{name}` in place of its name; gateway only. */
  readonly FUNCTION_HOST?: Setting
  readonly PLATFORM_NAMESPACE?: Setting
  readonly KUBE_IDENTITY?: Setting
  readonly KUBE_TIMEOUT_MS?: Setting
  readonly KUBE_DEADLINES?: Setting
  /** Objects that `sort` and `q` of a list may look at. */
  readonly LIST_SCAN_LIMIT?: Setting
  /** Requests that a caller may send, and in how many seconds, e.g. `600/60`; each isolate counts for itself. Off if absent. */
  readonly RATE_LIMIT?: Setting
  /** Seconds after which a watch ends itself (default 270, at most 290). */
  readonly WATCH_SECONDS?: Setting
  /** Origins of web pages that may call the API, separated by blanks or commas. */
  readonly CORS_ORIGINS?: Setting
  /** Every function's definition; bound to gateway, capabilities and me only. */
  readonly CATALOGUE?: unknown
  /** The API's document and the files of the page that shows it; bound to openapi only. */
  readonly OPENAPI?: string
  readonly DOCS_PAGE?: string
  readonly DOCS_SCRIPT?: string
  readonly DOCS_STYLE?: string
}

/** Namespace of the platform's own objects (Organization, Cell) unless PLATFORM_NAMESPACE names another. */
const DEFAULT_PLATFORM_NAMESPACE = 'kaphera-system'

/** The namespace that holds the platform's objects. */
export function platformNamespace(env: Pick<Environment, 'PLATFORM_NAMESPACE'>): string {
  return env.PLATFORM_NAMESPACE || DEFAULT_PLATFORM_NAMESPACE
}
