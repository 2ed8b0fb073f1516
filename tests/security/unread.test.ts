/** Clients that do not read their answers must not fill the memory, nor keep others from theirs. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, startServed } from './served.ts'
import type { KubeHandler } from './stand-ins.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'
/** Milliseconds in which everything is read that will be. */
const SETTLED_MS = 8_000
/** What answers that nobody reads may take in all, in MiB, and what it takes to make them. */
const MOST_MIB = 250

const pages = new Map<string, Buffer>()

/** A page of connectors of 8 KB, with a selector of 80 KB. 500 or 50 are as many bytes as a page may have: more than sockets buffer. */
function page(limit: number, isWide: boolean): Buffer {
  const key = `${limit} ${isWide}`
  const items = Array.from({ length: limit }, (_, index) => ({
    apiVersion: 'edc.kaphera.com/v1alpha1',
    kind: 'Connector',
    metadata: { name: `edc-${index}`, namespace: 'org-acme', uid: `${index}`, resourceVersion: '1' },
    spec: { version: '0.11.0', config: { filler: 'x'.repeat(isWide ? 82_500 : 8_150) } },
  }))
  const known = pages.get(key) ?? Buffer.from(JSON.stringify({ metadata: { resourceVersion: '1' }, items }))
  pages.set(key, known)
  return known
}

const manyConnectors: KubeHandler = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://kube')
  if (!pathname.endsWith('/connectors')) return false
  response.writeHead(200, { 'Content-Type': 'application/json' })
  if (searchParams.has('watch')) response.flushHeaders()
  else response.end(page(Number(searchParams.get('limit') ?? 500), searchParams.has('labelSelector')))
  return true
}

let served: Served
const sockets: Socket[] = []

beforeAll(async () => {
  served = await startServed(manyConnectors, {}, { bench: 'viewer', other: 'viewer' })
  for (const limit of [1, 50]) await (await served.get(`${CONNECTORS}?limit=${limit}`)).text()
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await served?.stop()
})

/** Memory of the process in MiB, now or at most so far. */
function memory(which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${served.server.pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`^${which}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024)
}

async function requests(count: number, query: string, accept: string): Promise<Socket[]> {
  const token = await served.tokenOf('bench')
  const head = `Host: api.example\r\nAuthorization: Bearer ${token}\r\nAccept: ${accept}\r\n`
  const opened = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(Number(new URL(served.server.url).port), '127.0.0.1')
      socket.on('error', () => undefined).pause()
      await once(socket, 'connect')
      socket.write(`GET ${CONNECTORS}?${query} HTTP/1.1\r\n${head}\r\n`)
      return socket
    }),
  )
  sockets.push(...opened)
  return opened
}

describe.each([
  ['lists', 120, 'limit=500', 'application/json'],
  ['event streams', 200, 'labelSelector=a', 'text/event-stream'],
])('%s that their caller does not read', (_, count, query, accept) => {
  it('leave memory and turns to others', { timeout: 60_000 }, async () => {
    const before = memory('VmRSS')
    const unread = await requests(count, query, accept)
    await setTimeout(SETTLED_MS)
    const Authorization = `Bearer ${await served.tokenOf('other')}`
    const answer = await served.get(`${CONNECTORS}?limit=10`, { headers: { Authorization } })
    expect(answer.status).toBe(200)
    await answer.text()
    console.log(`memory of the process: ${before} MiB before, ${memory('VmRSS')} MiB now, peak ${memory('VmHWM')} MiB`)
    expect(memory('VmHWM') - before).toBeLessThan(MOST_MIB)
    for (const socket of unread) socket.destroy()
    await setTimeout(1_000)
    // What was held for them is free again.
    const own = await served.get(`${CONNECTORS}?limit=500`)
    expect(own.status).toBe(200)
    await own.text()
  })
})
