/**
 * Requests per second with 1 and with 2 workers: a get at 32 connections, from an API server that answers at once.
 *
 * The load generator and the API server need the same CPUs, and one worker uses more than one of them (garbage collection and
 * compilation have threads). So the CPU time of all is measured as well.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { startBinary } from '../../infra/runtimes/bun/process.ts'
import { CONNECTORS } from './connector.ts'
import { alternate, cpuMilliseconds, type Measurements, type Recorder } from './figures.ts'
import type { Surroundings } from './surroundings.ts'

const CONNECTIONS = 32
const WARM_UP_MS = 3_000
const LOAD_MS = 5_000

interface Variant {
  readonly workers: number
  readonly settings?: Readonly<Record<string, string>>
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  '1 worker': { workers: 1 },
  '2 workers': { workers: 2 },
  '2 workers, RATE_LIMIT': { workers: 2, settings: { RATE_LIMIT: '1000000/60' } },
}

/** Measures each variant in each round. */
export function measureWorkers(at: Surroundings, rounds: number): Promise<Measurements> {
  return alternate(rounds, VARIANTS, (variant, record) => measure(at, variant, record))
}

async function measure(
  { binary, kube, directory, env, token }: Surroundings,
  { workers, settings }: Variant,
  record: Recorder,
): Promise<void> {
  const server = await startBinary({
    command: binary,
    kube: kube.url,
    serviceAccount: directory,
    args: [`--workers=${workers}`],
    env: { ...env, ...settings },
  })
  try {
    const pids = [server.pid, ...childrenOf(server.pid)]
    await load(server.url, token, WARM_UP_MS)
    const atRest = { server: sumOf(pids, cpuMilliseconds), own: ownCpu(), time: performance.now() }
    const requests = await load(server.url, token, LOAD_MS)
    const seconds = (performance.now() - atRest.time) / 1_000
    const serverMs = sumOf(pids, cpuMilliseconds) - atRest.server
    const ownMs = ownCpu() - atRest.own
    record('requests/s', requests / seconds)
    record('CPUs of the server', serverMs / 1_000 / seconds)
    record('CPUs of generator and API server', ownMs / 1_000 / seconds)
    record('CPU ms a request: server', serverMs / requests)
    record('server and generator', (serverMs + ownMs) / requests)
    record('memory MiB', sumOf(pids, proportionalMemory))
  } finally {
    await server.stop('SIGTERM')
  }
}

/**
 * Keeps all connections busy.
 * @returns Number of answers
 */
async function load(url: string, token: string, forMs: number): Promise<number> {
  const text = `GET ${CONNECTORS}/bench-7 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`
  const request = Buffer.from(text)
  const until = performance.now() + forMs
  let answers = 0
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(request))
      let received = ''
      socket.setEncoding('latin1').on('data', (chunk) => {
        received += chunk
        const head = received.indexOf('\r\n\r\n')
        const length = Number(/\r\nContent-Length: (\d+)/i.exec(received)?.[1])
        if (head < 0 || received.length < head + 4 + length) return
        if (!received.startsWith('HTTP/1.1 200 ')) reject(new Error(received.slice(0, head)))
        received = ''
        answers += 1
        if (performance.now() < until) socket.write(request)
        else socket.end(resolve)
      })
      socket.on('error', reject)
    })
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
  return answers
}

function childrenOf(pid: number): number[] {
  const statOf = (entry: string): string[] =>
    readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && statOf(entry)[1] === `${pid}`)
    .map(Number)
}

function sumOf(pids: readonly number[], measured: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + measured(pid), 0)
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Returns the memory of a process in MiB, of which pages that several share count in part. */
function proportionalMemory(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_024
}
