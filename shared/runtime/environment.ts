/**
 * What the runtime passes to a function: bindings and settings.
 */

/** A binding that takes requests: another function, the cluster, the issuers, a directory. */
export interface Fetcher {
  fetch(input: Request | string, init?: RequestInit): Promise<Response>
}

/** A place in a trace: what is sent and done here belongs to one span. */
export interface Trace {
  /** 32 hexadecimal digits; `undefined` without a trace. */
  readonly traceId: string | undefined
  /** Sends a request with the headers of the trace, as a client span if it is recorded. */
  send(to: Fetcher, request: Request): Promise<Response>
  /** Does work as a span, if it is recorded. */
  span<T>(name: string, work: (trace: Trace) => Promise<T>): Promise<T>
}

/** The runtime's context of a request. */
export interface ExecutionContext {
  /** Keeps the isolate alive until the promise settles, even after the answer. */
  waitUntil(promise: Promise<unknown>): void
  /** Aborted when the process is about to end, if the runtime reports it. Streams then end. */
  readonly stopping?: AbortSignal
  /** Where the request is in its trace; the function adds it. */
  readonly trace?: Trace
}

/** What a rate limit leaves to a caller. */
export interface Allowance {
  /** Whether the request may be answered. */
  readonly isAllowed: boolean
  /** Requests that the caller may still send now; not always a whole number. */
  readonly left: number
}

/** The processes that serve as one, this one included. */
export interface Workers {
  /** Their number. They share the memory of one machine. */
  readonly count: number
  /** Counts a request of a caller against its rate limit, whichever process has received it. */
  countRequest(caller: string): Promise<Allowance>
  /**
   * Marks a proof of possession as used by any process.
   */
  useProof(proof: Proof): Promise<ProofUse>
}

/** A proof of possession. */
export interface Proof {
  /** Its digest. */
  readonly id: string
  /** Milliseconds until it expires. */
  readonly ttlMs: number
  /** Who has sent it. */
  readonly caller: string
}

/** Whether a proof was used for the first time, or why it is refused. */
export type ProofUse = 'new' | 'used' | 'too many of the caller' | 'too many'

/** Who sends a request, as its token says. */
export interface Sender {
  /** Identity of the caller, by which it has slices, too. */
  readonly caller: string
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt: number
}

/** What bounds the requests that are worked on at once. */
export interface RequestTurns {
  /**
   * Waits until a request may be worked on.
   * @param sender - Who asks
   * @param request - Its body arrives while it waits
   * @param audit - Gets the time that it waited, in milliseconds
   * @param signal - Aborted when the turn is no longer wanted
   * @returns Its turn, which must be ended; ending it again does nothing. If the signal is aborted when it ends, it may be kept for a while
   * @throws {Problem} `too_many_requests` if the caller has too many in progress, else `overloaded`; both with Retry-After
   * @throws the reason of the signal
   */
  take(
    sender: Sender,
    request: Pick<Request, 'body' | 'headers'>,
    audit: { queuedMs?: number | undefined },
    signal?: AbortSignal,
  ): Promise<{ readonly end: () => void }>
}

/** Divides long work into slices, so that other requests go on in between. */
export interface Slices {
  /** Waits for the first slice of some work. Work that has begun goes first for a while, because it holds memory until it is done. */
  begin(): Promise<void>
  /** Waits for the next slice of work that has begun. */
  next(): Promise<void>
}

/** The slices of a caller. Callers take turns with work that has begun, with work that has not, and with events. */
export interface CallerSlices extends Slices {
  /**
   * Waits for the slice in which an event of a stream is worked on. Events take turns with other work; short ones share a slice.
   * @param length - Length of the event in characters
   */
  event(length: number): Promise<void>
  /**
   * Waits until the rest of a long event may be read. Few are in memory at once, although many streams may get the same one.
   * @returns To be called, perhaps twice, when the event has got its slice or will not come
   */
  rest(): Promise<() => void>
}

/** The slices of a process, by caller as in {@link Sender}. */
export interface ProcessSlices {
  of(caller: string): CallerSlices
}

/** A setting. Absent, `null` and `''` all mean that it is not set. */
export type Setting = string | null | undefined

/** Bindings and settings of a function, declared in wrangler.toml. */
export interface Environment {
  /** The Kubernetes API server. */
  readonly KUBE: Fetcher
  /** The projected ServiceAccount directory: `GET http://token/token` reads the current token. */
  readonly KUBE_TOKEN: Fetcher
  /** Network access to the issuers' discovery documents and keys, and to nothing else. */
  readonly OIDC: Fetcher
  /** The collector of traces, and nothing else. */
  readonly OTLP: Fetcher
  /** Absent if this process serves alone. */
  readonly WORKERS?: Workers | undefined
  /** Absent if the runtime itself limits requests and their memory. */
  readonly TURNS?: RequestTurns | undefined
  /** Absent where requests do not share one event loop. */
  readonly SLICES?: ProcessSlices | undefined
  readonly OIDC_ISSUER?: Setting
  readonly OIDC_AUDIENCE?: Setting
  readonly OIDC_DISCOVERY_URL?: Setting
  readonly OIDC_JWKS_URL?: Setting
  readonly AUTH_POLICY?: Setting
  /** OAuth clients for a command line and a web console; `/capabilities` lists them. */
  readonly OIDC_CLI_CLIENT_ID?: Setting
  readonly OIDC_CONSOLE_CLIENT_ID?: Setting
  /** Scopes that those clients request, separated by spaces. */
  readonly OIDC_SCOPES?: Setting
  /** Origin under which clients reach this server, if it differs from that of the request. */
  readonly PUBLIC_URL?: Setting
  /** Host of a function that runs in a separate process, with `{name}` for its name; for functions that ask others. */
  readonly FUNCTION_HOST?: Setting
  readonly PLATFORM_NAMESPACE?: Setting
  readonly KUBE_IDENTITY?: Setting
  readonly KUBE_TIMEOUT_MS?: Setting
  readonly KUBE_DEADLINES?: Setting
  /** Maximum number of objects that `sort` and `q` scan. */
  readonly LIST_SCAN_LIMIT?: Setting
  /** Rate limit of each caller in requests/seconds, e.g. `600/60`. Each isolate without WORKERS counts for itself. Default: no limit. */
  readonly RATE_LIMIT?: Setting
  /** Maximum number of requests that are worked on at once, in all (default 64) and of one caller (default 8). */
  readonly REQUESTS_IN_PROGRESS?: Setting
  readonly REQUESTS_PER_CALLER?: Setting
  /** Duration of a watch in seconds (default 270, at most 290). */
  readonly WATCH_SECONDS?: Setting
  /** Web origins that may call the API, separated by spaces or commas. */
  readonly CORS_ORIGINS?: Setting
  /** Settings of OpenTelemetry: shared/tracing/settings.ts reads them. Without an endpoint nothing is recorded. */
  readonly OTEL_SDK_DISABLED?: Setting
  readonly OTEL_SERVICE_NAME?: Setting
  readonly OTEL_RESOURCE_ATTRIBUTES?: Setting
  readonly OTEL_TRACES_SAMPLER?: Setting
  readonly OTEL_TRACES_SAMPLER_ARG?: Setting
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: Setting
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: Setting
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Setting
  readonly OTEL_EXPORTER_OTLP_TRACES_HEADERS?: Setting
  readonly OTEL_EXPORTER_OTLP_PROTOCOL?: Setting
  readonly OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: Setting
  readonly OTEL_EXPORTER_OTLP_TIMEOUT?: Setting
  readonly OTEL_EXPORTER_OTLP_TRACES_TIMEOUT?: Setting
  readonly OTEL_BSP_SCHEDULE_DELAY?: Setting
  readonly OTEL_BSP_EXPORT_TIMEOUT?: Setting
  readonly OTEL_BSP_MAX_QUEUE_SIZE?: Setting
  readonly OTEL_BSP_MAX_EXPORT_BATCH_SIZE?: Setting
  /** Definitions of all functions; for those that need them, such as gateway and capabilities. */
  readonly CATALOG?: unknown
  /** The OpenAPI document and the files of the page that shows it; for openapi only. */
  readonly OPENAPI?: string
  readonly DOCS_PAGE?: string
  readonly DOCS_SCRIPT?: string
  readonly DOCS_STYLE?: string
}

/** Default of PLATFORM_NAMESPACE. */
const DEFAULT_PLATFORM_NAMESPACE = 'kaphera-system'

/** The namespace of the platform's objects, such as Organization and Cell. */
export function platformNamespace(env: Pick<Environment, 'PLATFORM_NAMESPACE'>): string {
  return env.PLATFORM_NAMESPACE || DEFAULT_PLATFORM_NAMESPACE
}
