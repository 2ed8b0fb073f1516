/**
 * The client of the Kubernetes API server. Each request of this server has one.
 */
import { readText } from '../http/body.ts'
import { acquireStream } from '../http/open-streams.ts'
import { isProblem, Problem } from '../http/problem.ts'
import { untilEnd } from '../http/until-end.ts'
import type { GroupVersionResource } from '../kind/kind.ts'
import type { KubeObject } from '../kind/object.ts'
import type { CallerSlices, Environment, Trace } from '../runtime/environment.ts'
import { observeUpstream } from '../runtime/metrics.ts'
import { numberOf } from '../runtime/settings.ts'
import { passedOn } from '../runtime/trace.ts'
import { admit, silent, TRIAL_MS } from './circuit-breaker.ts'
import { brokenAnswer, deadlineExceeded, strangeAnswer, unreachable } from './failures.ts'
import { impersonate, type KubeCaller, type KubeIdentity, kubeIdentity } from './identity.ts'
import { type LastWrites, lastWritesOf } from './last-writes.ts'
import { ANSWER_BYTES, MemoryShare } from './memory.ts'
import { KubeObjects, type WriteSettings } from './objects.ts'
import { type ReadJson, readJson } from './read-json.ts'
import { buildRequest, discoveryUrl, type KubeRequest } from './request-factory.ts'
import { serviceAccountToken } from './token.ts'
import type { KubeTransport } from './transport.ts'

/** Default of KUBE_TIMEOUT_MS: deadline of requests to the API server in milliseconds. */
const DEFAULT_TIMEOUT_MS = 10_000
/**
 * Milliseconds for which a read may go on when its client has left. To end it closes its connection, and the next one costs a handshake: clients
 * that leave early would keep others waiting.
 */
const LEFT_MS = 1_000
/** Maximum size of an error's body in bytes. A `Status` is small, unless it contains the object of a failed patch. */
const ERROR_BODY_LIMIT = 4 * 1024 * 1024

/** The part of a client that reads, which the authorizer needs. */
export interface KubeReader {
  /**
   * The objects of a kind.
   * @param namespace - All namespaces if absent
   */
  objects<T = KubeObject>(type: GroupVersionResource, namespace?: string): Pick<KubeObjects<T>, 'get' | 'page' | 'each'>
}

/** The client for one request of this server. */
export interface KubeClient extends Pick<KubeTransport, 'send' | 'slices'> {
  /**
   * The objects of a kind.
   * @param namespace - All namespaces if absent
   * @param settings - Settings of all writes
   */
  objects<T = KubeObject>(type: GroupVersionResource, namespace?: string, settings?: WriteSettings): KubeObjects<T>
  /** Releases the memory share of large answers. Call it when they are no longer needed; it is also called at the end. */
  release(): void
  /**
   * The plurals of the kinds that the cluster serves in a version of an API group; none if it does not serve the version.
   * @throws {Problem} `cluster_unavailable` …
   */
  served(group: string, version: string): Promise<readonly string[]>
  /**
   * The version of the API server, e.g. `v1.36.3`. It answers only if it accepts this server's credentials.
   * @throws {Problem} `cluster_unavailable` …
   */
  version(): Promise<string>
  /**
   * The client that acts for a caller as KUBE_IDENTITY says. It shares warnings and audit id with this one, which acts as the
   * function.
   */
  as(caller: KubeCaller): KubeClient
  /** Warnings of the API server so far, each once, as values of `Warning` headers. They are relayed. */
  readonly warnings: readonly string[]
  /** `Audit-Id` of the last write, else of the last read: the key into the cluster's audit log. */
  readonly auditId: string | undefined
}

/**
 * A client for one request, which acts as the function.
 * @param env - Bindings `KUBE` and `KUBE_TOKEN`, setting `KUBE_TIMEOUT_MS`
 * @param trace - The trace that its requests belong to
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import type { Environment } from '../runtime/environment.ts'
 * import { createKubeClient } from './client.ts'
 *
 * const env = {
 *   KUBE: { fetch: async () => Response.json({ metadata: { name: 'edc' } }) },
 *   KUBE_TOKEN: { fetch: async () => new Response('token') },
 * } as unknown as Environment
 * const type = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }
 * const connectors = createKubeClient(env).objects(type, 'org-acme')
 * assert.equal((await connectors.get('edc'))?.metadata.name, 'edc')
 * ```
 */
export function createKubeClient(env: Environment, trace: Trace = passedOn({})): KubeClient {
  return new Client(env, { warnings: [], auditIds: {}, trace, share: new MemoryShare(env) })
}

/** The caller of probes, for the circuit breaker. No user of the cluster has this name. */
const PROBE = '/version'

/** State that the clients of a request share. */
interface Trail {
  readonly warnings: string[]
  /** `Audit-Id` of the last answer to a read, and to a write: reads may end after the write that they accompany. */
  readonly auditIds: { read?: string; write?: string }
  readonly trace: Trace
  /** One for all identities. */
  readonly share: MemoryShare
}

/**
 * What ends the deadline of an answer whose body has not been read yet, and stops listening to the signal of its sender. Both would
 * pile up otherwise: a request can have hundreds of answers.
 */
const releases = new WeakMap<Response, () => void>()

/** Drops an answer whose body is not needed. */
async function discard(response: Response): Promise<void> {
  releases.get(response)?.()
  await response.body?.cancel()
}

/** Maximum number of characters of warnings that are kept. An API server sends no more with one answer, and proxies accept little more. */
const WARNINGS_LIMIT = 4 * 1024

/** Keeps the warnings of an answer. Each answer warns of a deprecated version, and a request can have hundreds of answers. */
function keepWarnings(kept: string[], header: string): void {
  for (const warning of header.split(/, (?=\d{3} \S+ ")/)) {
    if (kept.includes(warning) || kept.join().length + warning.length > WARNINGS_LIMIT) continue
    kept.push(warning)
  }
}

class Client implements KubeClient, KubeTransport {
  readonly #env: Environment
  readonly #identity: KubeIdentity
  readonly #trail: Trail
  readonly #caller: KubeCaller | undefined

  constructor(env: Environment, trail: Trail, caller?: KubeCaller) {
    this.#env = env
    this.#trail = trail
    this.#caller = caller
    if (caller !== undefined) trail.share.owner = caller.principal.clusterUser
    this.#identity = caller === undefined ? 'function' : kubeIdentity(env)
  }

  as(caller: KubeCaller): KubeClient {
    return new Client(this.#env, this.#trail, caller)
  }

  get warnings(): readonly string[] {
    return this.#trail.warnings
  }

  get auditId(): string | undefined {
    const { read, write } = this.#trail.auditIds
    return write ?? read
  }

  async send(request: KubeRequest): Promise<Response> {
    const { url, method } = await buildRequest(request)
    const end = isStream(request) ? acquireStream(this.#env, 'cluster', this.#trail.share.owner) : undefined
    const answer = this.#exchange({ ...request, url, method }, describe(request))
    if (end !== undefined) {
      // There may be no answer.
      answer.catch(end)
      const stream = await answer
      return untilEnd(stream, () => {
        end()
        releases.get(stream)?.()
      })
    }
    const response = await answer
    // Caches serve all callers, so a request that stores nothing must make them forget nothing.
    if (method !== 'GET' && !request.isDryRun) this.#caller?.authorizer.noteWrite(request)
    return response
  }

  async served(group: string, version: string): Promise<readonly string[]> {
    const url = discoveryUrl(`/apis/${group}/${version}`)
    try {
      const response = await this.#exchange({ url, method: 'GET', verb: 'get' }, `the API group ${group}`)
      const { value } = await this.#read(response, ANSWER_BYTES)
      const resources = (value as { resources?: { name: string }[] } | null)?.resources
      if (resources === undefined) throw strangeAnswer()
      return resources.map(({ name }) => name).filter((name) => !name.includes('/'))
    } catch (error) {
      if (isProblem(error, 'kind_not_served')) return []
      throw error
    }
  }

  async version(): Promise<string> {
    const message = { url: discoveryUrl('/version'), method: 'GET', verb: 'get', isProbe: true } as const
    const response = await this.#exchange(message, 'its version')
    const { value } = await this.#read(response, ANSWER_BYTES)
    const version = (value as { gitVersion?: string } | null)?.gitVersion
    if (version === undefined) throw strangeAnswer()
    return version
  }

  /** Sends a request. A read that the API server throttles is sent again after Retry-After, if the deadline allows it. */
  async #exchange(message: Message, what: string): Promise<Response> {
    const isRead = message.method === 'GET'
    const signal = message.signal ?? (isRead ? this.#caller?.signal : undefined)
    const until = Date.now() + (numberOf(this.#env, 'KUBE_TIMEOUT_MS') ?? DEFAULT_TIMEOUT_MS)
    for (;;) {
      try {
        return await this.#attempt({ ...message, signal }, what, until)
      } catch (error) {
        if (!isRead || !isProblem(error, 'too_many_requests')) throw error
        const { waitForRetry } = await import('./throttling.ts')
        await waitForRetry(error, until, signal)
      }
    }
  }

  /**
   * Sends a request with the cached token, and once more with a fresh one if the API server refuses it.
   * @param until - The deadline of both, in milliseconds since the epoch
   */
  async #attempt(message: Message, what: string, until: number): Promise<Response> {
    const token = await this.#token()
    let response = await this.#fetch(message, token, until - Date.now())
    if (response.status === 401 && this.#identity !== 'caller') {
      const fresh = await serviceAccountToken(this.#env, { fresh: true })
      if (fresh !== token) {
        await discard(response)
        response = await this.#fetch(message, fresh, until - Date.now())
      }
    }
    const auditId = response.headers.get('Audit-Id')
    if (auditId !== null) this.#trail.auditIds[message.method === 'GET' ? 'read' : 'write'] = auditId
    const warning = response.headers.get('Warning')
    if (warning !== null) keepWarnings(this.#trail.warnings, warning)
    if (response.ok) return response
    if (response.status === 401 && this.#identity === 'caller') {
      await discard(response)
      throw new Problem('forbidden', 'The cluster does not accept the access token of the caller.')
    }
    const body = await readText(response.body, ERROR_BODY_LIMIT)
      .catch(() => '')
      .finally(() => releases.get(response)?.())
    const { translateStatus } = await import('./status.ts')
    throw translateStatus(response.status, response.headers, body, what, message.kind)
  }

  async #token(): Promise<string> {
    return this.#identity === 'caller' && this.#caller !== undefined
      ? this.#caller.principal.token
      : serviceAccountToken(this.#env)
  }

  /** The headers of a request. None are copied from the client's request. */
  #headers(message: Message, token: string): Headers {
    const headers = new Headers({
      Accept: message.accept ?? 'application/json',
      Authorization: `Bearer ${token}`,
    })
    if (message.body !== undefined) headers.set('Content-Type', message.contentType ?? 'application/json')
    if (this.#identity === 'impersonate' && this.#caller !== undefined) {
      impersonate(headers, this.#caller, message.namespace)
    }
    return headers
  }

  get lastWrites(): LastWrites {
    return lastWritesOf(this.#env)
  }

  objects<T>(type: GroupVersionResource, namespace?: string, settings?: WriteSettings): KubeObjects<T> {
    return new KubeObjects(this, type, namespace, settings)
  }

  release(): void {
    this.#trail.share.release()
  }

  get slices(): CallerSlices | undefined {
    // Also of requests that the function sends as itself.
    const { owner } = this.#trail.share
    return this.#env.SLICES?.of(typeof owner === 'string' ? owner : '')
  }

  async read(request: KubeRequest, limit: number): Promise<ReadJson> {
    // What was written is answered even if the client has left.
    const isRead = request.verb === 'get' || request.verb === 'list'
    return this.#read(await this.send(request), limit, isRead ? this.#caller?.signal : undefined)
  }

  async #read(response: Response, limit: number, signal?: AbortSignal): Promise<ReadJson> {
    try {
      return await readJson(response, limit, this.#trail.share, this.slices, signal)
    } catch (error) {
      // If the caller has left, no deadline was missed.
      throw signal?.aborted ? unreachable(error) : brokenAnswer(error)
    } finally {
      releases.get(response)?.()
    }
  }

  /** Sends the request. A read is sent again if it fails, because a kept-alive connection may have been closed. */
  async #fetch(message: Message, token: string, timeout: number): Promise<Response> {
    // A probe, which needs no token, pauses none but others of its kind.
    const user = this.#identity === 'function' ? '' : (this.#caller?.principal.clusterUser ?? '')
    const caller = message.isProbe ? PROBE : user
    // A log comes from the kubelet of a node, which may be down.
    const admission = admit(this.#env, caller, timeout, message.subresource === 'log')
    const abort = new AbortController()
    const deadline = setTimeout(() => abort.abort(new DOMException('deadline', 'TimeoutError')), timeout)
    const given = message.signal
    // A signal that is already aborted fires no event.
    if (given?.aborted) abort.abort(given.reason)
    let late: ReturnType<typeof setTimeout> | undefined
    let isSent = false
    // AbortSignal.any takes twice as long.
    const giveUp = (): void => {
      if (isStream(message) || !isSent) abort.abort(given?.reason)
      else late = setTimeout(() => abort.abort(given?.reason), LEFT_MS)
    }
    given?.addEventListener('abort', giveUp, { once: true })
    const release = (): void => {
      clearTimeout(deadline)
      clearTimeout(late)
      given?.removeEventListener('abort', giveUp)
    }
    const send = (): Promise<Response> =>
      this.#trail.trace.send(
        this.#env.KUBE,
        new Request(message.url, {
          method: message.method,
          headers: this.#headers(message, token),
          body: message.body ?? null,
          redirect: 'manual',
          signal: abort.signal,
        }),
      )
    const started = Date.now()
    try {
      if (admission.isTrial) await this.#tryVersion(token)
      isSent = true
      const response = await send().catch((error) => {
        if (message.method !== 'GET' || given?.aborted || abort.signal.aborted || isProblem(error)) throw error
        return send()
      })
      observeUpstream(message.verb, response.status, Date.now() - started)
      admission.answered(response)
      // The deadline of a stream ends with its headers. Other bodies must be read before it, too.
      if (isStream(message)) clearTimeout(deadline)
      releases.set(response, release)
      return response
    } catch (error) {
      release()
      observeUpstream(message.verb, 'none', Date.now() - started)
      // If the sender has given up, no deadline was missed.
      const isLate = given?.aborted !== true && (isTimeout(error) || abort.signal.aborted)
      if (isLate) admission.expired()
      else admission.ended()
      if (isLate && !isSent) throw silent()
      if (isProblem(error)) throw error
      throw isLate ? deadlineExceeded(error) : unreachable(error)
    }
  }

  /** Asks for the version, which is the cheapest request. @throws {DOMException} TimeoutError */
  async #tryVersion(token: string): Promise<void> {
    const response = await this.#trail.trace.send(
      this.#env.KUBE,
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

/** A request as it is sent. */
interface Message {
  readonly url: URL
  readonly method: string
  readonly verb: KubeRequest['verb']
  readonly kind?: string
  readonly namespace?: string | undefined
  readonly subresource?: string | undefined
  readonly body?: string | undefined
  readonly contentType?: string | undefined
  readonly accept?: string | undefined
  readonly isStream?: boolean | undefined
  /** Whether it only asks if the API server answers. */
  readonly isProbe?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

function isStream({ verb, isStream }: Pick<KubeRequest, 'verb' | 'isStream'>): boolean {
  return verb === 'watch' || isStream === true
}

function describe(request: KubeRequest): string {
  return request.name === undefined ? request.plural : `${request.kind ?? request.plural} "${request.name}"`
}
