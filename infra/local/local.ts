/**
 * The whole server on this machine: all functions in Miniflare, in front of an embedded cluster and issuer, or of a real
 * cluster.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCOPE_LEVELS, scopeFor } from '../../shared/auth/scopes.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { crdsOf, type Edition, SELF_HOSTED } from '../bundle/edition.ts'
import type { Settings } from '../bundle/settings.ts'
import type { Texts } from '../bundle/texts.ts'
import { startMiniflare } from '../runtimes/miniflare.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { type LocalCluster, startLocalCluster } from './cluster/index.ts'
import { consoleFront } from './console.ts'
import { demoSettings } from './issuer/identities.ts'
import { type Issuer, startIssuer } from './issuer/index.ts'
import { openCluster } from './kubeconfig.ts'
import { startOperators } from './operators/index.ts'
import { seed } from './seed.ts'

/** What to start. */
export interface LocalOptions {
  /** Port on 127.0.0.1 (default: any free one). */
  readonly port?: number | undefined
  /** File that keeps the cluster's objects; the issuer's keys are stored next to it. */
  readonly state?: string | undefined
  /** A real cluster instead of the embedded one. */
  readonly kubeconfig?: { readonly file: string; readonly context: string | undefined } | undefined
  /** Further settings of the functions. OIDC_ISSUER replaces the embedded issuer. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Has the kinds of the cluster (default: this project by itself). */
  readonly edition?: Edition | undefined
  /** The functions (default: bundled now). */
  readonly bundles?: readonly Bundle[] | undefined
  /** Contents of their text bindings (default: made now). */
  readonly texts?: Texts | undefined
  /** Their bindings (default: the project's). */
  readonly settings?: Settings | undefined
  /** What runs the functions (default: Miniflare). */
  readonly runtime?: Runtime | undefined
  /** Whether the example console is served at `/console`. */
  readonly console?: boolean | undefined
  /** Speed of the stand-in operators (default 1); 0 leaves them out. */
  readonly speed?: number | undefined
  /** Called with each line of the functions' log. */
  readonly onLine?: ((line: string) => void) | undefined
}

/** The running server with its cluster and issuer. */
export interface Local {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** The embedded issuer; absent with a real one. */
  readonly issuer: Issuer | undefined
  /** The embedded cluster; absent with a real one. */
  readonly cluster: LocalCluster | undefined
  /** The cluster, for display. */
  readonly description: string
  /** How many objects were seeded. */
  readonly seeded: number
  /** Stops everything. @throws {Error} the first error; all others are stopped nevertheless */
  stop(): Promise<void>
}

/**
 * Starts everything.
 * @throws {Error} if a port is in use or a file cannot be used; whatever has been started is stopped
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const { edition = SELF_HOSTED } = options
  const ends: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    const errors: unknown[] = []
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => errors.push(error))
    if (errors.length > 0) throw errors[0]
  }
  try {
    const issuer = options.env?.OIDC_ISSUER
      ? undefined
      : await startIssuer({ file: beside(options.state), scopes: await kindScopes(edition) })
    if (issuer !== undefined) ends.push(() => issuer.close())

    const real = options.kubeconfig && (await openCluster(options.kubeconfig.file, options.kubeconfig.context))
    if (real !== undefined) ends.push(() => real.close())
    const cluster =
      real === undefined ? await startLocalCluster({ stateFile: options.state, crds: edition.crds }) : undefined
    if (cluster !== undefined) ends.push(() => cluster.stop())
    const { url, token } = real ?? (cluster as LocalCluster)

    const seeded = real === undefined ? await seed({ url, token }) : 0
    if (real === undefined && options.speed !== 0) {
      const operators = startOperators({ url, token, speed: options.speed })
      ends.push(() => operators.stop())
    }

    const tokenDirectory = await mkdtemp(join(tmpdir(), 'kaphera-token-'))
    const removeToken = (): void => rmSync(tokenDirectory, { recursive: true, force: true })
    // Even if the process ends before it is stopped.
    process.once('exit', removeToken)
    ends.push(async () => {
      process.removeListener('exit', removeToken)
      removeToken()
    })
    await writeFile(join(tokenDirectory, 'token'), token, { mode: 0o600 })

    const issuerUrl = issuer?.url ?? options.env?.OIDC_ISSUER
    const server = await (options.runtime ?? startMiniflare)({
      kube: url,
      tokenDirectory,
      bundles: options.bundles,
      texts: options.texts,
      settings: options.settings,
      env: { ...(issuer && demoSettings(issuer.url)), ...options.env },
      port: options.port ?? 0,
      front: options.console === true && issuerUrl ? await consoleFront(issuerUrl) : undefined,
      onLine: options.onLine,
    })
    ends.push(() => server.stop())
    return {
      url: server.url,
      issuer,
      cluster,
      description: real?.description ?? 'embedded, without containers',
      seeded,
      stop,
    }
  } catch (error) {
    // What has failed first says more.
    await stop().catch(() => undefined)
    throw error
  }
}

/** Scopes that narrow a token to one kind. */
async function kindScopes(edition: Edition): Promise<string[]> {
  const plurals = (await crdsOf(edition)).map(({ crd }) => crd.spec.names.plural)
  return plurals.flatMap((plural) => SCOPE_LEVELS.map((level) => scopeFor(level, plural)))
}

function beside(state: string | undefined): string | undefined {
  return state === undefined ? undefined : `${state}.issuer`
}
