/**
 * One server, as it ships, behind two proxies, with clients that never stop.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { demoSettings } from '../../infra/local/issuer/identities.ts'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { Follower } from '../cluster/harness/follower.ts'
import { freePort } from '../cluster/harness/ports.ts'
import { type RunningProcess, startProcess, waitFor } from '../cluster/harness/processes.ts'
import { type ProjectedDirectory, type Projection, projectDirectory } from '../cluster/harness/projected-token.ts'
import { type RealParts, SERVER_ACCOUNT, SERVER_NAMESPACE } from '../cluster/harness/surroundings.ts'
import { Ledger } from './ledger.ts'
import { type FaultProxy, startFaultProxy } from './proxy.ts'
import { Tally } from './tally.ts'
import { COLLECTION, LABEL, read, type Scene, write } from './traffic.ts'

/** Milliseconds that a server may take to start. */
const START_MS = 60_000
/** Milliseconds between two probes, and before a client tries again. */
const PAUSE_MS = 50
const WRITERS = 2
/** Writes and reads of connectors of acme. */
const USER = 'acme-operator'

/** What a server is started with. */
export interface StageOptions {
  /** In the names of objects. */
  readonly id: string
  /** Settings of the server. */
  readonly env?: Readonly<Record<string, string>>
  /** Commands of a shell that become the server: `exec "$@"` (default) with what should surround it. */
  readonly script?: string
}

/** The stage of a fault. */
export class Stage implements Scene {
  readonly parts: RealParts
  readonly id: string
  /** Between the server and the API server, and between it and its issuer. */
  readonly kube: FaultProxy
  readonly issuer: FaultProxy
  readonly ledger = new Ledger()
  readonly tally = new Tally()
  readonly follower: Follower
  /** Address of the server, which stays the same when it is started again. */
  readonly url: string
  /** The server's credentials for the cluster. */
  readonly account: ProjectedDirectory
  /** The file of the authority that it trusts. */
  readonly caFile: string
  /** The token of all clients. */
  token = ''
  /** Probes of its health without success. */
  unhealthy = 0
  server!: RunningProcess
  readonly #command: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #logFile: string
  readonly #resting = new AbortController()
  readonly #leaving = new AbortController()
  /** Clients that write and read, and those that only listen. */
  #active: readonly Promise<void>[] = []
  #passive: readonly Promise<void>[] = []

  private constructor(parts: RealParts, options: StageOptions, made: Made) {
    const { kube, issuer, port, directory, binary, account } = made
    this.parts = parts
    this.id = options.id
    this.kube = kube
    this.issuer = issuer
    this.url = `http://127.0.0.1:${port}`
    this.account = account
    this.caFile = join(directory, 'authority.crt')
    writeFileSync(this.caFile, readFileSync(parts.caFile))
    const args = [`--listen=127.0.0.1:${port}`, `--kube=${kube.url}`, `--service-account=${account.path}`]
    this.#command = ['-c', options.script ?? 'exec "$@"', 'sh', binary, ...args]
    const settings = demoSettings(this.#issuer)
    this.#env = { ...settings, SSL_CERT_FILE: this.caFile, ...options.env }
    this.#logFile = join(directory, 'server.log')
    this.follower = new Follower({
      parts: { tokenOf: async () => this.token },
      address: `${this.url}${COLLECTION}?labelSelector=${LABEL}`,
      cutMs: 600_000,
      mayReset: true,
    })
  }

  /** Starts the server with clients before it, and waits until all of them have been served. */
  static async open(parts: RealParts, options: StageOptions, directory: string): Promise<Stage> {
    mkdirSync(directory, { recursive: true })
    const { apiServer, keycloak, caFile } = parts
    const tls = { ...apiServer.certificates, caFile }
    const stage = new Stage(parts, options, {
      kube: await startFaultProxy({ target: apiServer.url, tls }),
      issuer: await startFaultProxy({ target: new URL(keycloak.issuer).origin }),
      port: await freePort(),
      directory,
      binary: await parts.build.binary(),
      account: projectDirectory(join(directory, 'account'), await projection(parts)),
    })
    await stage.start()
    stage.token = await stage.newToken()
    stage.#begin()
    await stage.follower.synced
    await stage.tally.until('200', 10)
    await stage.tally.until('201')
    return stage
  }

  get #issuer(): string {
    return this.issuer.url + new URL(this.parts.keycloak.issuer).pathname
  }

  /** Starts the server, and waits until it answers. */
  async start(): Promise<void> {
    const options = { command: 'sh', args: this.#command, env: { ...this.#env }, logFile: this.#logFile }
    this.server = startProcess(options)
    const isUp = async () => ((await fetch(`${this.url}/healthz`)).ok ? true : undefined)
    await waitFor(isUp, { what: 'the server', timeoutMs: START_MS, process: this.server, intervalMs: 10 })
  }

  /** A new token for clients. */
  newToken(): Promise<string> {
    return demoToken(this.#issuer, USER)
  }

  /** New credentials of the server for the cluster. */
  async credentials(): Promise<Projection> {
    return projection(this.parts)
  }

  #begin(): void {
    const { signal } = this.#resting
    this.#active = [
      ...Array.from({ length: WRITERS }, (_, index) => write(this, `${index}`, signal)),
      read(this, signal),
    ]
    this.#passive = [this.#follow(this.#leaving.signal), this.#probe(this.#leaving.signal)]
  }

  /** Connects again whenever the stream fails. */
  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.follower.follow(signal).catch(() => undefined)
      await sleep(PAUSE_MS)
    }
  }

  async #probe(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isHealthy = await fetch(`${this.url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (!isHealthy) this.unhealthy += 1
      await sleep(PAUSE_MS)
    }
  }

  /** Ends the clients that write and read. */
  async rest(): Promise<void> {
    this.#resting.abort()
    await Promise.all(this.#active)
  }

  /** Ends the server and the proxies. */
  async close(): Promise<void> {
    await this.rest()
    this.#leaving.abort()
    await Promise.all(this.#passive)
    this.server.signal('SIGKILL')
    await this.server.exited
    await Promise.all([this.kube.stop(), this.issuer.stop()])
  }
}

/** What a stage is made of. */
interface Made {
  readonly kube: FaultProxy
  readonly issuer: FaultProxy
  readonly port: number
  readonly directory: string
  readonly binary: string
  readonly account: ProjectedDirectory
}

async function projection({ apiServer, caFile }: RealParts): Promise<Projection> {
  const token = await apiServer.createToken(SERVER_NAMESPACE, SERVER_ACCOUNT)
  return { token, 'ca.crt': readFileSync(caFile, 'utf8'), namespace: SERVER_NAMESPACE }
}
