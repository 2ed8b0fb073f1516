/**
 * Starts the server, and runs one attack after the other.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { startBinary } from '../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { residentMemory } from '../bench/figures.ts'
import { IMAGE_VARIABLES } from '../runtime.ts'
import { LOOPBACK_CERTIFICATE } from '../security/loopback-certificate.ts'
import type { Task } from './bystander.ts'
import {
  type AttackReport,
  BYSTANDER,
  CONNECTORS,
  KUBE_CONNECTORS,
  type Measured,
  type Reads,
  type Seen,
  type Started,
  type Victim,
} from './roles.ts'

/** Milliseconds in which memory has to be back. */
const BACK_MS = 60_000
/** MiB above the memory before an attack that count as back: the runtime keeps some for later. */
const SLACK_MIB = 32
/** MiB that the process may have: more would be memory that grows with the attack. */
const MAX_MIB = 512
/** Requests that may wait. */
const MAX_WAITING = 512
/** Requests of one caller, and of all callers, that may be asked for at the API server at the same time. */
const MAX_AT_ONCE = { caller: 8, process: 64 }
/** Milliseconds between two looks at memory, probes and metrics. */
const LOOK_MS = 250
/** Lines shown of what a server printed before it ended. */
const PRINTED = 20
/** Milliseconds between an answer of the API server itself and the next question to it, which must not slow down the second caller. */
const KUBE_PAUSE_MS = 5
/** Milliseconds after which a probe has failed. */
const PROBE_MS = 10_000

/** What an attack did. */
export interface Row {
  readonly name: string
  readonly seen: Seen
  /** Milliseconds of the second caller, before and during the attack. */
  readonly without: readonly number[]
  readonly during: readonly number[]
  /** How many of the latter told the second caller to try again later. */
  readonly refused: number
  /** Milliseconds of a client that asks the API server itself, before and during the attack. */
  readonly kubeWithout: readonly number[]
  readonly kubeDuring: readonly number[]
  /** Resident memory in MiB: before, the most during the attack, at the end. */
  readonly before: number
  readonly most: number
  readonly after: number
  /** Seconds after the attack at which that was read. */
  readonly afterSeconds: number
  readonly failures: readonly string[]
}

/** How to run attacks. */
export interface Options {
  /** Milliseconds of each measurement. */
  readonly ms: number
  /** Whether the run is a short one, which does not wait for memory. */
  readonly isBrief: boolean
  readonly reads: Reads
}

/** A running server. */
export interface Target {
  /** @throws {Error} with the last lines that the server printed, if it ends */
  run(name: string): Promise<Row>
  stop(): Promise<number | null>
}

/** Starts the server in front of stand-ins. */
export async function startTarget(command: string, { ms, isBrief, reads }: Options): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-overload-'))
  await writeFile(join(directory, 'token'), 'token')
  await writeFile(join(directory, 'ca.crt'), LOOPBACK_CERTIFICATE)
  const upstream = threadOf('upstream', {})
  const { kube, issuer, audience, tokens } = await messageOf<Started>(upstream)
  let ports: number[] = []
  const failures: string[] = []
  const printed: string[] = []
  const server = await startBinary({
    command,
    kube: `https://${kube}`,
    serviceAccount: directory,
    args: ['--metrics=127.0.0.1:0'],
    env: {
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: audience,
      SSL_CERT_DIR: '/etc/ssl/certs',
      ...IMAGE_VARIABLES,
    },
    onLine(line) {
      printed.push(line.slice(0, 400))
      if (printed.length > PRINTED) printed.shift()
      if (line.includes('"The server listens."')) ports = JSON.parse(line).ports
      if (!line.startsWith('{') || /"status":500|"level":"error"/.test(line)) failures.push(line.slice(0, 400))
    },
  })
  const victim: Victim = { port: Number(new URL(server.url).port), tokens, isBrief }
  const token = tokens[BYSTANDER] as string
  const ask = (connectors: string, ms: number, pauseMs: number): Promise<Measured> =>
    messageOf(threadOf('bystander', { connectors, token, ms, pauseMs, reads } satisfies Task))
  const measure = (ms: number) =>
    Promise.all([
      ask(`http://127.0.0.1:${victim.port}${CONNECTORS}`, ms, 0),
      ask(`https://${kube}${KUBE_CONNECTORS}`, ms, KUBE_PAUSE_MS),
    ])
  // The first requests load what all need.
  await measure(2_000)

  const gone = server.exited.then((code) => {
    throw new Error(`the server ended with ${code}:\n${printed.join('\n')}`)
  })
  gone.catch(() => undefined)

  async function attack(name: string): Promise<Row> {
    const [without, kubeWithout] = await measure(ms)
    const before = residentMemory(server.pid)
    const looking = look(server, ports)
    const attacker = threadOf('attacker', { ...victim, name })
    await messageOf(attacker)
    const reporting = messageOf<AttackReport>(attacker)
    reporting.catch(() => undefined)
    const [during, kubeDuring] = await measure(ms)
    attacker.postMessage('end')
    const report = await reporting
    const ended = performance.now()
    const looked = await looking.stop()
    const isBack = (): boolean => isBrief || residentMemory(server.pid) <= before + SLACK_MIB
    while (!isBack() && performance.now() - ended < BACK_MS) await sleep(1_000)
    return {
      name,
      seen: report.seen,
      without: without.times,
      during: during.times,
      kubeWithout: kubeWithout.times,
      kubeDuring: kubeDuring.times,
      refused: during.refused,
      before,
      most: looked.most,
      after: residentMemory(server.pid),
      afterSeconds: (performance.now() - ended) / 1000,
      failures: [
        ...without.failures,
        ...during.failures,
        ...report.failures,
        ...looked.failures,
        ...(await slowLists(upstream, name)),
        ...failures.splice(0),
      ].slice(0, 10),
    }
  }

  return {
    run: (name) => Promise.race([attack(name), gone]),
    async stop() {
      const code = await server.stop()
      await upstream.terminate()
      await rm(directory, { recursive: true })
      return code
    },
  }
}

/** Whether more slow lists were asked for at once than may be. */
async function slowLists(upstream: Worker, name: string): Promise<string[]> {
  upstream.postMessage('most')
  const most = await messageOf<number>(upstream)
  const allowed = name.includes('by one caller') ? MAX_AT_ONCE.caller : MAX_AT_ONCE.process
  return most > allowed ? [`${most} requests were worked on at once, ${allowed} are allowed`] : []
}

/** Looks at memory, probes and metrics again and again. */
function look({ pid, url }: RunningServer, [, metricsPort]: readonly number[]) {
  const failures: string[] = []
  let most = residentMemory(pid)
  let isOver = false
  const ask = async (address: string): Promise<string> => {
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(PROBE_MS), headers: { Connection: 'close' } })
      const text = await answer.text()
      if (answer.status !== 200) failures.push(`${address} answered ${answer.status} ${text.slice(0, 200)}`)
      return text
    } catch (error) {
      failures.push(`${address}: ${error}`)
      return ''
    }
  }
  const looking = (async () => {
    while (!isOver) {
      most = Math.max(most, residentMemory(pid))
      await Promise.all([ask(`${url}/healthz`), ask(`${url}/readyz`)])
      const text = await ask(`http://127.0.0.1:${metricsPort}/metrics`)
      const waiting = Number(/^kaphera_requests_waiting\{[^}]*\} (\d+)$/m.exec(text)?.[1])
      if (waiting > MAX_WAITING) failures.push(`${waiting} requests wait`)
      await sleep(LOOK_MS)
    }
  })()
  looking.catch(() => undefined)
  return {
    async stop() {
      isOver = true
      await looking
      if (most > MAX_MIB) failures.push(`the process had ${Math.round(most)} MiB`)
      return { most, failures }
    },
  }
}

function threadOf(name: string, workerData: object): Worker {
  return new Worker(new URL(`${name}.ts`, import.meta.url), { workerData })
}

/** The next message of a thread. @throws {Error} if it fails or ends before */
function messageOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (code: number): void => reject(new Error(`a thread ended with ${code}`))
    worker.once('error', reject)
    worker.once('exit', end)
    worker.once('message', (message: T) => {
      worker.off('error', reject)
      worker.off('exit', end)
      resolve(message)
    })
  })
}
