/**
 * The whole server on this machine: all functions in Miniflare, with an embedded cluster and an embedded issuer, or a real
 * cluster behind them.
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { SCOPE_LEVELS, scopeFor } from '../../shared/auth/scopes.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { miniflareOptions } from '../workerd/miniflare.ts'
import { type LocalCluster, startLocalCluster } from './cluster/index.ts'
import { demoSettings } from './issuer/identities.ts'
import { type Issuer, startIssuer } from './issuer/index.ts'
import { openCluster } from './kubeconfig.ts'
import { startOperators } from './operators/index.ts'
import { seed } from './seed.ts'

/** Scopes that narrow a token to one kind. */
const KIND_SCOPES = Object.keys(KINDS).flatMap((plural) => SCOPE_LEVELS.map((level) => scopeFor(level, plural)))

/** What to start. */
export interface LocalOptions {
  /** Port of 127.0.0.1 (default: any that is free). */
  readonly port?: number | undefined
  /** File that keeps the cluster's objects; the issuer's keys lie beside it. */
  readonly state?: string | undefined
  /** A real cluster instead of the embedded one. */
  readonly kubeconfig?: { readonly file: string; readonly context: string | undefined } | undefined
  /** Settings of the functions beyond those that follow from the rest; OIDC_ISSUER replaces the embedded issuer. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The functions (default: bundled now). */
  readonly bundles?: readonly Bundle[] | undefined
  /** Speed of the stand-in for the operators; 0 leaves it out (default 1). */
  readonly speed?: number | undefined
  /** Gets each line that the functions print: their log. */
  readonly onLine?: ((line: string) => void) | undefined
}

/** The running server and what is behind it. */
export interface Local {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** The embedded issuer, unless a real one is used. */
  readonly issuer: Issuer | undefined
  /** The embedded cluster, unless a real one is used. */
  readonly cluster: LocalCluster | undefined
  /** What cluster it is, for people. */
  readonly description: string
  /** How many objects were seeded. */
  readonly seeded: number
  /** Ends everything. */
  stop(): Promise<void>
}

/**
 * Starts everything.
 * @throws {Error} for people to read, if a port is taken or a file cannot be used; what was started is ended
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const ends: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const issuer = options.env?.OIDC_ISSUER
      ? undefined
      : await startIssuer({ file: beside(options.state), scopes: KIND_SCOPES })
    if (issuer !== undefined) ends.push(() => issuer.close())

    const real = options.kubeconfig && (await openCluster(options.kubeconfig.file, options.kubeconfig.context))
    if (real !== undefined) ends.push(() => real.close())
    const cluster = real === undefined ? await startLocalCluster({ stateFile: options.state }) : undefined
    if (cluster !== undefined) ends.push(() => cluster.stop())
    const { url, token } = real ?? (cluster as LocalCluster)

    const seeded = real === undefined ? await seed({ url, token }) : 0
    if (real === undefined && options.speed !== 0) {
      const operators = startOperators({ url, token, speed: options.speed })
      ends.push(() => operators.stop())
    }

    const tokenDirectory = await mkdtemp(join(tmpdir(), 'kaphera-token-'))
    ends.push(() => rm(tokenDirectory, { recursive: true, force: true }))
    await writeFile(join(tokenDirectory, 'token'), token, { mode: 0o600 })

    const functions = await miniflareOptions({
      kube: { url },
      tokenDirectory,
      ...(options.bundles && { bundles: options.bundles }),
      env: { ...(issuer && demoSettings(issuer.url)), ...options.env },
      port: options.port ?? 0,
    })
    const miniflare = new Miniflare({
      ...functions,
      host: '127.0.0.1',
      port: 0,
      handleStructuredLogs: ({ message }: { message: string }) => options.onLine?.(message),
    })
    ends.push(() => miniflare.dispose())
    await miniflare.ready
    return {
      url: (await miniflare.unsafeGetDirectURL()).origin,
      issuer,
      cluster,
      description: real?.description ?? 'embedded, without containers',
      seeded,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function beside(state: string | undefined): string | undefined {
  return state === undefined ? undefined : `${state}.issuer`
}
