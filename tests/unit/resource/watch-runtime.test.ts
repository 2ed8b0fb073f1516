/** Watches through gateway and function in workerd: only here does a client's disconnect have to reach the cluster. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalCluster, startLocalCluster } from '../../../infra/local/cluster/index.ts'
import { AUDIENCE, DEMO_POLICY, subject } from '../../../infra/local/issuer/identities.ts'
import { type Issuer, startIssuer } from '../../../infra/local/issuer/index.ts'
import { startMiniflare } from '../../../infra/runtimes/miniflare.ts'
import type { Runtime } from '../../../infra/runtimes/runtime.ts'
import { built } from '../../built.ts'
import { RUNTIME } from '../../runtime.ts'
import { type Json, sample } from '../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

let cluster: LocalCluster
let issuer: Issuer
let server: Awaited<ReturnType<Runtime>>
let token: string
const ends: (() => unknown)[] = []

/** Open watches at the API server. */
let open = 0
/** Called when the number changes. */
let changed: () => void = () => undefined

/** Waits until a number of watches are open. */
async function untilOpen(count: number): Promise<void> {
  while (open !== count) {
    await new Promise<void>((resolve) => {
      changed = resolve
    })
  }
}

beforeAll(async () => {
  cluster = await startLocalCluster()
  ends.push(() => cluster.stop())
  issuer = await startIssuer()
  ends.push(() => issuer.close())
  await put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kaphera-system' } })
  const labels = { 'cloud.kaphera.com/organization': 'acme' }
  await put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'org-acme', labels } })
  await put(
    '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations',
    sample('organizations', 'acme', { displayName: 'acme' }),
  )
  await put('/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors', sample('connectors', 'edc'))

  const proxy = createServer((incoming, outgoing) => {
    const isWatch = incoming.url?.includes('watch=true') === true
    if (isWatch) count(1)
    outgoing.once('close', () => {
      if (isWatch) count(-1)
      upstream.destroy()
    })
    const { method, headers } = incoming
    const upstream = send(cluster.url + incoming.url, { method, headers } as object, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
    })
    upstream.on('error', () => outgoing.destroy())
    incoming.pipe(upstream)
  })
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
  ends.push(() => proxy.close().closeAllConnections())

  const directory = await mkdtemp(join(tmpdir(), 'kaphera-'))
  ends.push(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'token'), cluster.token)
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const env = {
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: AUDIENCE,
    AUTH_POLICY: JSON.stringify(DEMO_POLICY),
    SSL_CERT_DIR: '/etc/ssl/certs',
  }
  const { bundles, texts } = built()
  const start = RUNTIME ?? startMiniflare
  server = await start({ kube: `http://${address}`, tokenDirectory: directory, env, port: 0, bundles, texts })
  ends.push(() => server.stop())
  const now = Math.floor(Date.now() / 1000)
  token = await issuer.sign({
    iss: issuer.url,
    aud: AUDIENCE,
    sub: subject('platform-admin'),
    typ: 'Bearer',
    azp: 'kaphera-cli',
    iat: now,
    exp: now + 300,
    groups: ['/platform-admins'],
  })
})

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

function count(by: number): void {
  open += by
  changed()
}

async function put(path: string, object: Json): Promise<void> {
  const response = await fetch(cluster.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${cluster.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(object),
  })
  expect(response.status, await response.text()).toBe(201)
}

function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  return fetch(server.url + path, { ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } })
}

describe('a watch through gateway and function', () => {
  it("sends events at once, and ends the cluster's watch when the client leaves", async () => {
    const client = new AbortController()
    const response = await ask(CONNECTORS, { headers: { Accept: 'text/event-stream' }, signal: client.signal })
    expect(response.status).toBe(200)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder()
    let text = ''
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) {
        const { value } = await reader.read()
        text += value === undefined ? expect.fail(`ended before ${part}: ${text}`) : decoder.decode(value)
      }
    }
    await until('event: SYNCED')
    expect(text).toContain('"name":"edc"')
    await untilOpen(1)
    await put('/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors', sample('connectors', 'second'))
    await until('"name":"second"')
    client.abort()
    await untilOpen(0)
  })

  it('ends all watches of the cluster when many clients leave', async () => {
    const clients = Array.from({ length: 20 }, () => new AbortController())
    await Promise.all(
      clients.map(({ signal }) => ask(CONNECTORS, { headers: { Accept: 'text/event-stream' }, signal })),
    )
    await untilOpen(20)
    for (const client of clients) client.abort()
    await untilOpen(0)
  })
})

describe('a watch on several kinds', () => {
  it("ends the cluster's watches within a second when the client leaves", async () => {
    const kinds = ['connectors', 'vaults', 'participants', 'dataplanes', 'identityhubs', 'credentialissuers', 'cells']
    const client = new AbortController()
    const response = await ask(`/v1/watch?kinds=${kinds.join(',')}`, { signal: client.signal })
    expect(response.status).toBe(200)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder()
    let text = ''
    while (!text.includes('data: {}')) {
      const { value } = await reader.read()
      text += value === undefined ? expect.fail(`ended: ${text}`) : decoder.decode(value)
    }
    expect(text.match(/event: SYNCED/g)).toHaveLength(kinds.length + 1)
    await untilOpen(kinds.length)
    const left = performance.now()
    client.abort()
    await untilOpen(0)
    expect(performance.now() - left).toBeLessThan(1_000)
  })
})

describe('an answer', () => {
  it('is compressed once', async () => {
    const plain = await ask(CONNECTORS, { headers: { 'Accept-Encoding': 'identity' } })
    expect(plain.headers.get('Content-Encoding')).toBeNull()
    const compressed = await ask(CONNECTORS, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(compressed.headers.get('Content-Encoding')).toBe('gzip')
    expect(await compressed.json()).toEqual(await plain.json())
  })
})

describe('a bulk apply', () => {
  it('reaches the functions of the kinds', async () => {
    const response = await ask('/v1/organizations/acme/apply', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([sample('connectors', 'third')]),
    })
    expect(await response.json()).toMatchObject({ items: [{ name: 'third', result: 'created', status: 201 }] })
  })
})
