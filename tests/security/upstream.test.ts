/** The single binary: its connections to the API server. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Http2ServerResponse } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBinary } from '../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { COMMAND } from './compiled.ts'
import { LOOPBACK_CERTIFICATE } from './loopback-certificate.ts'
import { type SecureCluster, startSecureCluster } from './secure-cluster.ts'
import { type StandIns, startStandIns } from './stand-ins.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'
/** More than Bun's fetch sends at once. */
const MANY = 300

let directory: string
let standIns: StandIns
const ends: (() => unknown)[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-upstream-'))
  ends.push(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'token'), 'token')
  await writeFile(join(directory, 'ca.crt'), LOOPBACK_CERTIFICATE)
  standIns = await startStandIns(5)
  ends.push(() => standIns.close())
})

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** A server in front of its own API server. */
async function start(isHttp2 = true): Promise<{ cluster: SecureCluster; server: RunningServer }> {
  const cluster = await startSecureCluster(standIns.kube, isHttp2)
  const server = await startBinary({
    command: COMMAND,
    kube: cluster.url,
    serviceAccount: directory,
    env: { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience },
  })
  ends.push(
    () => cluster.close(),
    () => server.stop('SIGKILL'),
  )
  return { cluster, server }
}

function get({ url }: RunningServer, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${standIns.token}`, ...(init.headers as Record<string, string>) }
  return fetch(url + CONNECTORS, { signal: AbortSignal.timeout(20_000), ...init, headers })
}

/** A stream of events. */
async function watch(server: RunningServer, init: RequestInit = {}): Promise<ReadableStreamDefaultReader<string>> {
  const response = await get(server, { ...init, headers: { Accept: 'text/event-stream' } })
  expect(response.status).toBe(200)
  return (response.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream()).getReader()
}

/** Reads until the text has a part. */
async function until(reader: ReadableStreamDefaultReader<string>, part: string): Promise<void> {
  for (let text = ''; !text.includes(part); ) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream ended without ${part}`)
    text += value
  }
}

function change(resourceVersion: number, text = ''): string {
  const metadata = { name: 'edc-0', namespace: 'org-acme', uid: 'u', resourceVersion: String(resourceVersion) }
  const object = {
    apiVersion: 'edc.kaphera.com/v1alpha1',
    kind: 'Connector',
    metadata: { ...metadata, annotations: { text } },
  }
  return `${JSON.stringify({ type: 'MODIFIED', object })}\n`
}

describe('event streams', () => {
  it.each([
    ['HTTP/2', true, MANY / 100],
    ['HTTP/1.1', false, MANY],
  ])(
    'leave connections to requests and end with their clients: %s',
    { timeout: 120_000 },
    async (_, isHttp2, connections) => {
      const { cluster, server } = await start(isHttp2)
      const clients = new AbortController()
      // Few at once: on a busy machine others would miss their deadline.
      while (cluster.watches.size < MANY) {
        const count = cluster.watches.size
        await Promise.all(Array.from({ length: 20 }, () => watch(server, { signal: clients.signal })))
        await cluster.until(count + 20)
      }
      expect((await get(server)).status).toBe(200)
      expect(new Set([...cluster.watches].map(({ socket, stream }) => stream?.session ?? socket)).size).toBe(
        connections,
      )
      const left = performance.now()
      clients.abort()
      await cluster.until(0)
      expect(performance.now() - left).toBeLessThan(2_000)
    },
  )

  it('share connections, which carry the changes of all', async () => {
    const { cluster, server } = await start()
    const readers = [await watch(server), await watch(server)]
    await cluster.until(2)
    for (const response of cluster.watches) response.write(change(7))
    for (const reader of readers) await until(reader, '"resourceVersion":"7"')
    const [one, other] = [...cluster.watches] as [Http2ServerResponse, Http2ServerResponse]
    expect(one.stream.session).toBe(other.stream.session)
  })

  it('go on after a watch is cut off, and after the connection is', async () => {
    const { cluster, server } = await start()
    for (const cut of [
      ({ stream }: Http2ServerResponse) => stream.close(2),
      ({ stream }: Http2ServerResponse) => stream.session?.destroy(),
    ]) {
      const clients = new AbortController()
      const reader = await watch(server, { signal: clients.signal })
      await cluster.until(1)
      const [first] = [...cluster.watches] as [Http2ServerResponse]
      first.write('{"type":"MODIF')
      cut(first)
      const later = () => [...cluster.watches].find((one) => one !== first) as Http2ServerResponse | undefined
      await expect.poll(later, { timeout: 10_000 }).toBeDefined()
      later()?.write(change(8))
      await until(reader, '"resourceVersion":"8"')
      clients.abort()
      await cluster.until(0)
    }
  })

  it('survive the GOAWAY of a connection, and new ones use another', async () => {
    const { cluster, server } = await start()
    const reader = await watch(server)
    await cluster.until(1)
    const [first] = [...cluster.watches] as [Http2ServerResponse]
    first.stream.session?.goaway(0)
    const next = await watch(server)
    await cluster.until(2)
    const [, second] = [...cluster.watches] as [Http2ServerResponse, Http2ServerResponse]
    expect(second.stream.session).not.toBe(first.stream.session)
    first.write(change(8))
    second.write(change(8))
    for (const each of [reader, next]) await until(each, '"resourceVersion":"8"')
  })

  it('are read no faster than their clients read, which delays no other', async () => {
    const { cluster, server } = await start()
    await watch(server)
    await cluster.until(1)
    const reader = await watch(server)
    await cluster.until(2)
    const [slow, fast] = [...cluster.watches] as [Http2ServerResponse, Http2ServerResponse]
    let told = 0
    let isFull = false
    while (!isFull && told < 1_000) {
      told += 1
      const hasRoom = slow.write(change(told, 'a'.repeat(100_000)))
      const drained = once(slow, 'drain').then(() => true)
      const late = new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, false))
      if (!hasRoom) isFull = !(await Promise.race([drained, late]))
    }
    expect(isFull).toBe(true)
    fast.write(change(9))
    await until(reader, '"resourceVersion":"9"')
  })

  it('trust the current authority only, whatever the environment says', async () => {
    const { cluster } = await start()
    const account = await mkdtemp(join(tmpdir(), 'kaphera-account-'))
    ends.push(() => rm(account, { recursive: true }))
    await writeFile(join(account, 'token'), 'token')
    const server = await startBinary({
      command: COMMAND,
      kube: cluster.url,
      serviceAccount: account,
      env: {
        OIDC_ISSUER: standIns.issuer,
        OIDC_AUDIENCE: standIns.audience,
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_EXTRA_CA_CERTS: join(directory, 'ca.crt'),
      },
    })
    ends.push(() => server.stop('SIGKILL'))
    const resumed = { headers: { Accept: 'text/event-stream', 'Last-Event-ID': '5' } }
    expect((await get(server, resumed)).status).toBe(503)
    await writeFile(join(account, 'ca.crt'), LOOPBACK_CERTIFICATE)
    await expect.poll(async () => (await get(server, resumed)).status, { timeout: 20_000 }).toBe(200)
    await cluster.until(1)
  })
})
