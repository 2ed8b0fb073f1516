/**
 * What hostile clients do.
 */
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Attacking, authorization, ended } from './attacking.ts'
import { CALLERS, CONNECTORS, LARGE, LOGGED, SLOW } from './roles.ts'
import { everything, HOST, open, statuses } from './sockets.ts'
import { streams } from './streams.ts'

/** An attack goes on until its signal is aborted. It is in force once the promise is fulfilled; `over` is what goes on. */
export type Attack = (at: Attacking) => Promise<{ readonly over: Promise<unknown> }>

/** The attacks by name. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  '64 parallel lists of 500 by one caller': async (at) => loops(at, 64, () => ask(at, `${CONNECTORS}?limit=500`)),
  '1,000 parallel slow lists by one caller': async (at) => loops(at, 1_000, () => ask(at, SLOW_LIST)),
  '32 parallel slow lists by each of 32 callers': async (at) =>
    loops(at, 32 * 32, (index) => ask(at, SLOW_LIST, { caller: CALLERS[index % 32] })),
  'waits for a large object by one caller': waits,
  'a large object in YAML by one caller': async (at) => loops(at, 32, () => ask(at, `${CONNECTORS}/${LARGE}`, AS_YAML)),
  '256 KB of YAML by one caller': async (at) => loops(at, 32, () => ask(at, CONNECTORS, OF_YAML)),
  'headers, one byte a second': (at) => drip(at, `GET /healthz HTTP/1.1\r\n${HOST}X-A: `),
  'bodies, one byte a second': (at) => drip(at, bodyOf(at)),
  '500 lists of 500 that are never read': neverRead,
  '300 event streams of a large object by one caller': (at) => streams(at, { ...EVENTS, areRead: true }),
  'event streams that are not read': (at) => streams(at, { ...EVENTS, areRead: false }),
  'logs that are not read': (at) =>
    streams(at, { path: `${LOGGED}/logs?follow=true`, until: 'a line', areRead: false }),
  '10,000 idle connections': idle,
  '64 KB of headers': async (at) =>
    loops(at, 8, () => refused(at, `GET /healthz HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(64 * 1024)}\r\n\r\n`)),
  '10,000 headers': async (at) =>
    loops(at, 8, () => refused(at, `GET /healthz HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(10_000)}\r\n`)),
  '100 pipelined requests on each of 8 connections': async (at) => loops(at, 8, () => pipeline(at)),
  'requests on half-open connections': async (at) => loops(at, 32, (index) => halfOpen(at, index)),
}

/** How to ask. */
interface Asking {
  readonly caller?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** What is posted (default: nothing is). */
  readonly body?: string
  /** What may be answered besides refusals (default: 200 and 504). */
  readonly allowed?: readonly number[]
}

const SLOW_LIST = `${CONNECTORS}?limit=1&labelSelector=${SLOW}`
const AS_YAML: Asking = { headers: { Accept: 'application/yaml' } }
/** A manifest that is refused once it has been read: its fields are unknown. */
const OF_YAML: Asking = {
  headers: { 'Content-Type': 'application/yaml' },
  body: Array.from({ length: 18_000 }, (_, index) => `key${index}: abc\n`)
    .join('')
    .slice(0, 255 * 1024),
  allowed: [422, 504],
}
const EVENTS = { path: LARGE, until: 'event: SYNCED' }
/** Milliseconds between the connections of a client that opens one after the other. */
const PACE_MS = 20
/** Milliseconds after which a refused client tries again, which is sooner than it is told. */
const AGAIN_MS = 500

/** Repeats something on several lines at once. */
async function loops(at: Attacking, count: number, run: (index: number) => Promise<void>) {
  const loop = async (index: number): Promise<void> => {
    while (!at.signal.aborted) await run(index)
  }
  return { over: Promise.all(Array.from({ length: count }, (_, index) => loop(index))) }
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Sends a request and reads its answer. A refusal must say when to try again; that is what its client does not do. */
function ask(at: Attacking, path: string, asking: Asking = {}): Promise<void> {
  const { caller, allowed = [200, 504] } = asking
  return new Promise((resolve) => {
    const headers = { Authorization: authorization(at, caller), ...asking.headers }
    const method = asking.body === undefined ? 'GET' : 'POST'
    const sent = request({ port: at.port, host: '127.0.0.1', method, path, agent, headers }, (answer) => {
      const { statusCode: status = 0, headers } = answer
      at.saw(String(status))
      const isRefused = status === 429 || status === 503
      const isTold = Number(headers['retry-after']) > 0
      const isLimited = headers.ratelimit !== undefined && headers['ratelimit-policy'] !== undefined
      // Other refusals tell no limit: those of the memory, and of a machine so busy that the API server seems not to answer.
      if (isRefused ? !isTold || (status === 429 && !isLimited) : !allowed.includes(status)) {
        at.fail(`${path} answered ${status} ${JSON.stringify(headers)}`)
      }
      answer
        .on('error', ({ message }) => at.fail(message))
        .on('close', () => sleep(isRefused ? AGAIN_MS : 0).then(resolve))
      answer.resume()
    })
    sent.on('error', ({ message }) => {
      if (!at.signal.aborted) at.fail(message)
      resolve()
    })
    sent.end(asking.body)
  })
}

/** Waits of 30 seconds. Those that go on at the end are left. */
async function waits(at: Attacking) {
  const asking = { headers: { Prefer: 'wait=30' }, allowed: [200, 202, 504] }
  await loops(at, 500, () => ask(at, `${CONNECTORS}/${LARGE}`, asking))
  return { over: ended(at) }
}

function bodyOf(at: Attacking): string {
  const head = `POST ${CONNECTORS} HTTP/1.1\r\n${HOST}Authorization: ${authorization(at)}\r\n`
  return `${head}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n`
}

/** Connections on each of which a byte a second is sent. When the server ends one, the next begins. */
async function drip(at: Attacking, start: string) {
  const sockets = new Set<Socket>()
  const one = async (): Promise<void> => {
    while (!at.signal.aborted) {
      const socket = await open(at.port)
      sockets.add(socket)
      socket.write(start)
      const timer = setInterval(() => socket.write('a'), 1_000)
      const [status = 'closed'] = statuses(await everything(socket))
      clearInterval(timer)
      sockets.delete(socket)
      if (at.signal.aborted) return at.saw('waits')
      at.saw(status)
      if (/^[25]0[01]$/.test(status)) at.fail(`an unfinished request was answered with ${status}`)
      await sleep(AGAIN_MS)
    }
  }
  at.signal.addEventListener('abort', () => sockets.forEach((socket) => void socket.destroy()))
  return { over: Promise.all(Array.from({ length: 500 }, one)) }
}

/** Connections of which nothing is read. */
async function neverRead(at: Attacking) {
  const sockets = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const socket = await open(at.port)
      socket.pause()
      socket.write(`GET ${CONNECTORS}?limit=500 HTTP/1.1\r\n${HOST}Authorization: ${authorization(at)}\r\n\r\n`)
      return socket
    }),
  )
  return { over: held(at, sockets) }
}

async function idle(at: Attacking) {
  const sockets: Socket[] = []
  const count = at.isBrief ? 2_000 : 10_000
  while (sockets.length < count) {
    sockets.push(...(await Promise.all(Array.from({ length: 250 }, () => open(at.port)))))
  }
  return { over: held(at, sockets) }
}

/** Keeps connections until the end. */
async function held(at: Attacking, sockets: readonly Socket[]): Promise<void> {
  await ended(at)
  for (const socket of sockets) {
    at.saw(socket.closed ? 'closed' : 'open')
    socket.destroy()
  }
}

/** Sends what must be refused. */
async function refused(at: Attacking, text: string): Promise<void> {
  const socket = await open(at.port)
  socket.write(text)
  const [status = 'closed'] = statuses(await everything(socket))
  at.saw(status)
  if (!/^(closed|400|413|431)$/.test(status)) at.fail(`too many headers were answered with ${status}`)
  await sleep(PACE_MS)
}

let piped = 0

/**
 * Sends many requests without waiting. Bun ends a connection on which a request comes before the answer to the last one; no answer
 * may be out of order.
 */
async function pipeline(at: Attacking): Promise<void> {
  const ids = Array.from({ length: 100 }, () => {
    piped += 1
    return `piped-${piped}`
  })
  const socket = await open(at.port)
  const last = ids.at(-1)
  const requests = ids.map((id) => {
    const end = id === last ? 'Connection: close\r\n' : ''
    const head = `GET ${CONNECTORS}/edc-1 HTTP/1.1\r\n${HOST}Authorization: ${authorization(at)}\r\n`
    return `${head}X-Request-Id: ${id}\r\n${end}\r\n`
  })
  socket.write(requests.join(''))
  const text = await everything(socket)
  const answered = [...text.matchAll(/^x-request-id: (\S+)/gim)].map(([, id]) => id)
  for (const status of statuses(text)) at.saw(status)
  if (answered.length < ids.length) at.saw('closed')
  if (answered.join() !== ids.slice(0, answered.length).join()) {
    at.fail(`pipelined requests had the answers ${answered.join()}: ${text.slice(0, 200)}`)
  }
  await sleep(PACE_MS)
}

/** Asks, and ends its half of the connection, or all of it, before the answer. */
async function halfOpen(at: Attacking, index: number): Promise<void> {
  const socket = await open(at.port)
  const path = `${CONNECTORS}?limit=100`
  socket.write(`GET ${path} HTTP/1.1\r\n${HOST}Authorization: ${authorization(at)}\r\nConnection: close\r\n\r\n`)
  await sleep(PACE_MS)
  if (index % 2 === 0) {
    socket.resetAndDestroy()
    at.saw('reset')
    return
  }
  socket.end()
  const [status = 'closed'] = statuses(await everything(socket))
  at.saw(status)
  if (!/^(closed|200|429|503)$/.test(status)) at.fail(`a half-open connection got ${status}`)
}
