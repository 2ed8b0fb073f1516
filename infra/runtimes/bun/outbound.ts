/**
 * The ways out of the process: the API server, and the issuers and the collector that are configured.
 */

import { configurationOf } from '../../../shared/auth/configuration.ts'
import { readText } from '../../../shared/http/body.ts'
import type { Environment, Fetcher } from '../../../shared/runtime/environment.ts'
import { readTracing } from '../../../shared/tracing/settings.ts'
import type { Authorities } from './authorities.ts'
import type { Cluster } from './cluster.ts'
import { linesOf, sendLines } from './header-lines.ts'
import type { ProxyOf } from './proxy.ts'
import { clusterBusy, streamOpener } from './streams.ts'
import { Turns } from './turns.ts'

/** Bytes that a discovery document may have. */
const DOCUMENT_BYTES = 256 * 1024

/** Requests to the API server at once. Bun's fetch sends no more than 256; the rest is for issuers. */
const REQUESTS = 240
/** Requests that wait for others, and for how many milliseconds. */
const WAITING = 8_000
const PATIENCE_MS = 3_000

/** Fetch as the runtime brings it. */
export type Fetch = (address: string, init: RequestInit & { readonly proxy?: string | undefined }) => Promise<Response>

/**
 * Whether a request may use a kept connection. If one breaks before the answer, Bun's fetch sends PUT and DELETE again, and the
 * second answer hides that the first request made the change.
 */
export function mayReuse(method: string): boolean {
  return method !== 'PUT' && method !== 'DELETE'
}

/** Takes the runtime's fetch away from everybody else: what is not bound cannot be reached. */
export function takeFetch(): Fetch {
  const { fetch } = globalThis
  const refuse = (): never => {
    throw new TypeError('a function can reach only its bindings')
  }
  Object.assign(globalThis, { fetch: refuse, WebSocket: undefined, EventSource: undefined, Worker: undefined })
  return fetch
}

/** Stands for the token where a client certificate is the credential. It is never sent. */
export const CERTIFICATE = 'client-certificate'

/** The header that has a line for each group. */
const GROUPS = 'impersonate-group'

/** A log goes as far as its client reads it, and would take one of the requests of Bun's fetch for as long. */
const LOG = /^\/api\/v1\/namespaces\/[^/]+\/pods\/[^/]+\/log$/

/** The API server: whatever host a request names, it goes there. */
export function kubeFetcher(cluster: Cluster, send: Fetch): Fetcher {
  const { address, authorities, certificate } = cluster
  const openStream = streamOpener(cluster)
  const turns = new Turns({ size: REQUESTS, waiting: WAITING, patienceMs: PATIENCE_MS, refuse: clusterBusy })
  const prefix = address.pathname.replace(/\/$/, '')
  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname, search, searchParams } = new URL(request.url)
      const path = prefix + pathname + search
      const { method, headers, signal } = request
      if (certificate !== undefined) headers.delete('Authorization')
      if (searchParams.has('watch') || (method === 'GET' && LOG.test(pathname))) {
        return openStream(path, linesOf(headers, GROUPS), signal)
      }
      // Bodies are small and in memory; a stream would be sent in chunks.
      const body = request.body === null ? null : await request.text()
      const { redirect, tls } = fixed(authorities())
      const message = { method, headers, body, signal, tls: { ...tls, ...certificate } }
      const turn = await turns.take('')
      try {
        if (headers.get(GROUPS)?.includes(',')) return await sendLines(address.origin + path, GROUPS, message)
        return await send(address.origin + path, { ...message, redirect, keepalive: mayReuse(method) })
      } finally {
        turn.end()
      }
    },
  }
}

/**
 * The issuers: origins that the settings name, and the one at which an issuer's own discovery document says its keys are.
 * @param env - Its settings name the issuers
 */
export function issuerFetcher(env: Environment, authorities: Authorities, proxyOf: ProxyOf, send: Fetch): Fetcher {
  const named = new Set<string>()
  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      const { issuers } = configurationOf(env)
      const configured = [...issuers.values()].flatMap(({ issuer, discoveryUrl, jwksUrl }) =>
        [issuer, discoveryUrl, jwksUrl].flatMap((address) => (address === undefined ? [] : [new URL(address).origin])),
      )
      const { origin, href } = new URL(request.url)
      if (!configured.includes(origin) && !named.has(href)) throw new TypeError(`${origin} is not a configured issuer`)
      // No compressed answer is accepted: a short one could become too large for the memory.
      request.headers.set('Accept-Encoding', 'identity')
      const response = await send(href, {
        method: request.method,
        headers: request.headers,
        signal: request.signal,
        decompress: false,
        proxy: proxyOf(href),
        ...fixed(authorities.ofIssuers()),
      })
      const isDiscovery = [...issuers.values()].some(({ discoveryUrl }) => new URL(discoveryUrl).href === href)
      if (!isDiscovery || response.status !== 200) return response
      const text = await readText(response.body, DOCUMENT_BYTES)
      const keys = keysAddress(text)
      if (keys !== undefined) named.add(keys)
      return new Response(text, { headers: response.headers })
    },
  }
}

/**
 * The collector of traces: the address that the settings name.
 * @param env - Its settings name the collector
 */
export function collectorFetcher(env: Environment, authorities: Authorities, proxyOf: ProxyOf, send: Fetch): Fetcher {
  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      const { href } = new URL(request.url)
      if (href !== readTracing(env).settings?.endpoint) throw new TypeError(`${href} is not the collector`)
      request.headers.set('Accept-Encoding', 'identity')
      return send(href, {
        method: request.method,
        headers: request.headers,
        // In one piece, because a collector may not accept chunks.
        body: await request.arrayBuffer(),
        signal: request.signal,
        decompress: false,
        proxy: proxyOf(href),
        ...fixed(authorities.ofIssuers()),
      })
    },
  }
}

/** The `jwks_uri` of a discovery document. */
function keysAddress(text: string): string | undefined {
  try {
    return new URL(JSON.parse(text).jwks_uri).href
  } catch {
    return undefined
  }
}

/** What is the same for every request: redirects are not followed but returned, and certificates are always checked. */
function fixed(ca: readonly string[]) {
  return { redirect: 'manual', tls: { rejectUnauthorized: true, ca } } as const
}
