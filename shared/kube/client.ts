/**
 * The client of the Kubernetes API server: one per request of ours, over the `KUBE` binding.
 * @module
 */
import { readText } from '../http/body.ts'
import { Problem } from '../http/problem.ts'
import type { Environment } from '../runtime/environment.ts'
import { observeUpstream } from '../runtime/metrics.ts'
import { numberOf } from '../runtime/settings.ts'
import { admit, silent, TRIAL_MS } from './circuit-breaker.ts'
import { impersonate, type KubeCaller, type KubeIdentity, kubeIdentity } from './identity.ts'
import { ANSWER_BYTES, MemoryShare, PAGE_BYTES } from './memory.ts'
import type { ResourceType } from './path.ts'
import { AnswerTooLarge, type ReadJson, readJson } from './read-json.ts'
import { buildRequest, discoveryUrl, type KubeRequest } from './request-factory.ts'
import { translateStatus } from './status.ts'
import { serviceAccountToken } from './token.ts'

/** Milliseconds after which an unanswered request to the API server is given up, unless KUBE_TIMEOUT_MS says otherwise. */
const DEFAULT_TIMEOUT_MS = 10_000
/** Bytes read of an error's body; a `Status` object is far smaller, but for the failed patches that echo an object. */
const ERROR_BODY_LIMIT = 4 * 1024 * 1024
/** Objects asked for at once when a whole collection is read. */
const PAGE_SIZE = 500

/** A page of objects as the API server answers it. */
export interface KubeList<T> {
  readonly metadata: {
    readonly resourceVersion?: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: T[]
}

/** Which objects are read. */
export interface Collected extends ResourceType {
  /** All namespaces if absent. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

/** Where to begin in a collection, and how much to read of it. */
export interface PageOptions {
  /** Objects at most. */
  readonly limit: number
  /** Bytes at most (default: 4 MiB); one object is read even if it has more. */
  readonly bytes?: number | undefined
  /** Of the page before. */
  readonly continue?: string | undefined
}

/** A page of objects, with the bytes that it had. */
export type KubePage<T> = KubeList<T> & { readonly bytes: number }

/** What the authoriser needs of a client: reading by kind. */
export interface KubeReader {
  /**
   * One object.
   * @returns `undefined` if it does not exist
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded`, `kind_not_served` …
   */
  get<T>(ref: ResourceType & { namespace?: string | undefined; name: string }): Promise<T | undefined>
  /**
   * Every object of a collection, read to its end in pages. Only one page is held at a time.
   * @throws {Problem} as `get`
   */
  each<T>(collection: Collected): AsyncIterable<T>
}

/** The client for one request of ours. */
export interface KubeClient extends KubeReader {
  /**
   * Sends a request and gives its successful answer, its body unread.
   * @throws {Problem} for everything else, translated once by {@link translateStatus}
   */
  send(request: KubeRequest): Promise<Response>
  /**
   * Sends a request and reads its answer as JSON.
   * @throws {Problem} as `send`, and for an answer that breaks off
   */
  json<T>(request: KubeRequest): Promise<T>
  /**
   * A page of a collection. It has fewer objects than asked for if they are large: what follows is asked for with
   * `metadata.continue`, as ever.
   * @throws {Problem} as `json`
   */
  page<T>(collection: Collected, options: PageOptions): Promise<KubePage<T>>
  /** Gives back the memory that large answers took. Whoever has used them up calls it; a request that ends does. */
  release(): void
  /**
   * Plurals of the kinds that the cluster serves in a version of an API group; none if it does not have it.
   * @throws {Problem} `cluster_unavailable` …
   */
  served(group: string, version: string): Promise<readonly string[]>
  /**
   * The version of the API server, e.g. `v1.36.3`: shows that it is there and takes this server's credentials.
   * @throws {Problem} `cluster_unavailable` …
   */
  version(): Promise<string>
  /**
   * The client that acts for a caller as KUBE_IDENTITY says, with the same warnings and audit id. This one acts as the
   * function itself.
   */
  as(caller: KubeCaller): KubeClient
  /** `Warning` header values that the API server sent so far, to be relayed. */
  readonly warnings: readonly string[]
  /** `Audit-Id` of the last answer: the key into the cluster's own audit log. */
  readonly auditId: string | undefined
}

/**
 * A client for one request. When its caller goes away the runtime ends the request and what it sent upstream.
 * @param env - Bindings `KUBE`, `KUBE_TOKEN`; setting `KUBE_TIMEOUT_MS`
 * @param traceParent - Of the request, for the cluster's traces (W3C Trace Context)
 */
export function createKubeClient(env: Environment, traceParent?: string): KubeClient {
  return new Client(env, { warnings: [], auditId: undefined, traceParent, share: new MemoryShare(env) })
}

/** What came of the requests so far. */
interface Trail {
  readonly warnings: string[]
  auditId: string | undefined
  readonly traceParent: string | undefined
  /** Of the request, whichever identity it reads as. */
  readonly share: MemoryShare
}

class Client implements KubeClient {
  readonly #env: Environment
  readonly #identity: KubeIdentity
  readonly #trail: Trail
  readonly #caller: KubeCaller | undefined

  constructor(env: Environment, trail: Trail, caller?: KubeCaller) {
    this.#env = env
    this.#trail = trail
    this.#caller = caller
    this.#identity = caller === undefined ? 'function' : kubeIdentity(env)
  }

  as(caller: KubeCaller): KubeClient {
    return new Client(this.#env, this.#trail, caller)
  }

  get warnings(): readonly string[] {
    return this.#trail.warnings
  }

  get auditId(): string | undefined {
    return this.#trail.auditId
  }

  async send(request: KubeRequest): Promise<Response> {
    const { url, method } = await buildRequest(request)
    const response = await this.#exchange({ ...request, url, method }, describe(request))
    if (method !== 'GET') this.#caller?.authoriser.noteWrite(request.plural)
    return response
  }

  async served(group: string, version: string): Promise<readonly string[]> {
    const url = discoveryUrl(`/apis/${group}/${version}`)
    try {
      const response = await this.#exchange({ url, method: 'GET', verb: 'get' }, `the API group ${group}`)
      const { resources = [] } = (await this.#read(response, ANSWER_BYTES)).value as { resources?: { name: string }[] }
      return resources.map(({ name }) => name).filter((name) => !name.includes('/'))
    } catch (error) {
      if (error instanceof Problem && error.code === 'kind_not_served') return []
      throw error
    }
  }

  async version(): Promise<string> {
    const response = await this.#exchange({ url: discoveryUrl('/version'), method: 'GET', verb: 'get' }, 'its version')
    const { gitVersion } = (await this.#read(response, ANSWER_BYTES)).value as { gitVersion?: string }
    return gitVersion ?? ''
  }

  /** Sends with the current token, and once more if it was rotated away a moment ago. */
  async #exchange(message: Message, what: string): Promise<Response> {
    const token = await this.#token()
    let response = await this.#fetch(message, token)
    if (response.status === 401 && this.#identity !== 'caller') {
      const fresh = await serviceAccountToken(this.#env, { fresh: true })
      if (fresh !== token) {
        await response.body?.cancel()
        response = await this.#fetch(message, fresh)
      }
    }
    this.#trail.auditId = response.headers.get('Audit-Id') ?? this.#trail.auditId
    const warning = response.headers.get('Warning')
    if (warning !== null) this.#trail.warnings.push(warning)
    if (response.ok) return response
    if (response.status === 401 && this.#identity === 'caller') {
      await response.body?.cancel()
      throw new Problem('forbidden', 'The cluster does not accept the access token of the caller.')
    }
    const body = await readText(response.body, ERROR_BODY_LIMIT).catch(() => '')
    throw translateStatus(response.status, response.headers, body, what)
  }

  async #token(): Promise<string> {
    return this.#identity === 'caller' && this.#caller !== undefined
      ? this.#caller.principal.token
      : serviceAccountToken(this.#env)
  }

  /** Built from an empty set: nothing of the client's request is ever copied. */
  #headers(message: Message, token: string): Headers {
    const headers = new Headers({ Accept: 'application/json', Authorization: `Bearer ${token}` })
    if (this.#trail.traceParent !== undefined) headers.set('traceparent', this.#trail.traceParent)
    if (message.body !== undefined) headers.set('Content-Type', message.contentType ?? 'application/json')
    if (this.#identity === 'impersonate' && this.#caller !== undefined) {
      impersonate(headers, this.#caller, message.namespace)
    }
    return headers
  }

  async get<T>(ref: ResourceType & { namespace?: string | undefined; name: string }): Promise<T | undefined> {
    try {
      return await this.json<T>({ ...ref, verb: 'get' })
    } catch (error) {
      if (error instanceof Problem && error.code === 'not_found') return undefined
      throw error
    }
  }

  async *each<T>(collection: Collected): AsyncGenerator<T, void, undefined> {
    let size = PAGE_SIZE
    let token: string | undefined
    try {
      do {
        const page: KubePage<T> = await this.page(collection, { limit: size, continue: token })
        yield* page.items
        token = page.metadata.continue || undefined
        // What follows is about as large; some room is left for what is larger.
        const fitting = Math.floor((0.75 * PAGE_BYTES * page.items.length) / page.bytes)
        size = Math.min(PAGE_SIZE, Math.max(1, fitting))
      } while (token !== undefined)
    } finally {
      this.release()
    }
  }

  async page<T>(
    collection: Collected,
    { limit, bytes = PAGE_BYTES, continue: token }: PageOptions,
  ): Promise<KubePage<T>> {
    const { labelSelector, fieldSelector, ...type } = collection
    for (let size = limit; ; ) {
      const query = { labelSelector, fieldSelector, limit: String(size), continue: token }
      const response = await this.send({ ...type, verb: 'list', query })
      try {
        const read = await this.#read(response, size === 1 ? ANSWER_BYTES : bytes)
        return { ...(read.value as KubeList<T>), bytes: read.bytes }
      } catch (error) {
        if (!(error instanceof AnswerTooLarge) || size === 1) throw brokenAnswer(error)
        size = Math.max(1, Math.min(size >> 1, error.objects - 1))
      }
    }
  }

  release(): void {
    this.#trail.share.release()
  }

  #read(response: Response, limit: number): Promise<ReadJson> {
    return readJson(response, limit, this.#trail.share)
  }

  async json<T>(request: KubeRequest): Promise<T> {
    const response = await this.send(request)
    try {
      return (await this.#read(response, ANSWER_BYTES)).value as T
    } catch (error) {
      throw brokenAnswer(error)
    }
  }

  /** Sends once; a read is sent again when a kept connection turns out to be dead. */
  async #fetch(message: Message, token: string): Promise<Response> {
    const timeout = numberOf(this.#env, 'KUBE_TIMEOUT_MS') ?? DEFAULT_TIMEOUT_MS
    const caller = this.#identity === 'function' ? '' : (this.#caller?.principal.clusterUser ?? '')
    const admission = admit(this.#env, caller, timeout)
    const abort = new AbortController()
    const deadline = setTimeout(() => abort.abort(new DOMException('deadline', 'TimeoutError')), timeout)
    message.signal?.addEventListener('abort', () => abort.abort(message.signal?.reason), { once: true })
    const send = (): Promise<Response> =>
      this.#env.KUBE.fetch(
        new Request(message.url, {
          method: message.method,
          headers: this.#headers(message, token),
          body: message.body ?? null,
          redirect: 'manual',
          signal: abort.signal,
        }),
      )
    const started = Date.now()
    let isSent = false
    try {
      if (admission.isTrial) await this.#tryVersion(token)
      isSent = true
      const response = await send().catch((error) => {
        if (message.method !== 'GET' || abort.signal.aborted) throw error
        return send()
      })
      observeUpstream(message.verb, response.status, Date.now() - started)
      admission.answered(response)
      return response
    } catch (error) {
      observeUpstream(message.verb, 'none', Date.now() - started)
      const isLate = isTimeout(error) || (abort.signal.aborted && message.signal?.aborted !== true)
      if (isLate) admission.expired()
      else admission.ended()
      if (isLate && !isSent) throw silent()
      throw isLate ? deadlineExceeded(error) : unreachable(error)
    } finally {
      // What streams goes on after its headers; everything else has to be read before the deadline, too.
      if (message.verb === 'watch' || message.isStream === true) clearTimeout(deadline)
    }
  }

  /** Asks an API server that did not answer for what costs it least. @throws {DOMException} TimeoutError */
  async #tryVersion(token: string): Promise<void> {
    const response = await this.#env.KUBE.fetch(
      new Request(discoveryUrl('/version'), {
        headers: { Accept: 'application/json', Authorization: `Bearer ${token}` },
        redirect: 'manual',
        signal: AbortSignal.timeout(TRIAL_MS),
      }),
    )
    await response.body?.cancel()
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

/** A request as it goes over the wire. */
interface Message {
  readonly url: URL
  readonly method: string
  readonly verb: KubeRequest['verb']
  readonly namespace?: string | undefined
  readonly body?: string | undefined
  readonly contentType?: string | undefined
  readonly isStream?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The problem behind a body of the API server's that broke off.
 * @param error - What reading it threw
 */
function brokenAnswer(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof AnswerTooLarge)
    return new Problem('cluster_unavailable', 'The cluster answered with more than is read of it.', { cause: error })
  const aborted = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
  return aborted ? deadlineExceeded(error) : unreachable(error)
}

function unreachable(cause: unknown): Problem {
  return new Problem('cluster_unavailable', 'The cluster cannot be reached.', {
    headers: { 'Retry-After': '5' },
    cause,
  })
}

function deadlineExceeded(cause: unknown): Problem {
  return new Problem('deadline_exceeded', 'The cluster did not answer in time.', { cause })
}

function describe(request: KubeRequest): string {
  return request.name === undefined ? request.plural : `${request.plural} "${request.name}"`
}
