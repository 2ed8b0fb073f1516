/**
 * What every benchmark measures in: an API server with connectors, an issuer, a fresh build and the single binary.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Build, buildAll } from '../../infra/bundle/build.ts'
import { startLocalCluster } from '../../infra/local/cluster/index.ts'
import { demoSettings } from '../../infra/local/issuer/identities.ts'
import { startIssuer } from '../../infra/local/issuer/index.ts'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { seed } from '../../infra/local/seed.ts'
import { compileServer } from '../../infra/runtimes/bun/compile.ts'
import { createKube, type KubeAccess } from '../cluster/harness/kube.ts'
import { startOwnCluster } from '../cluster/harness/own-cluster.ts'
import { connector, KUBE_CONNECTORS } from './connector.ts'

/** What a benchmark measures in. */
export interface Surroundings {
  /** The API server, with all rights. */
  readonly kube: KubeAccess
  /** Scratch directory with the ServiceAccount's `token`. */
  readonly directory: string
  readonly built: Build
  /** The single binary. */
  readonly binary: string
  /** Environment of a server. */
  readonly env: Readonly<Record<string, string>>
  /** A token of an owner of the organization `acme`. */
  readonly token: string
  /** Ends everything and removes the directory. */
  close(): Promise<void>
}

/**
 * Prepares a benchmark.
 * @param isStandIn - Whether the API server is the embedded one, which answers from the memory of this process
 * @param connectors - Number of connectors, `bench-0` and so on
 */
export async function prepare(isStandIn: boolean, connectors: number): Promise<Surroundings> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-bench-'))
  // A runtime that was killed a moment ago may still write.
  const ends: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })]
  async function close(): Promise<void> {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const { kube, issuer, stop } = await (isStandIn ? startStandIns() : startReal())
    ends.push(stop)
    await seed({ ...kube, ...(kube.caFile !== undefined && { ca: await readFile(kube.caFile, 'utf8') }) })
    const admin = createKube(kube)
    for (let index = 0; index < connectors; index += 1) {
      await admin.json('POST', KUBE_CONNECTORS, connector(`bench-${index}`))
    }
    await writeFile(join(directory, 'token'), kube.token)
    const built = await buildAll({ out: join(directory, 'dist') })
    const binary = join(directory, 'server')
    await compileServer(built, binary)
    const authorities = kube.caFile === undefined ? { SSL_CERT_DIR: '/etc/ssl/certs' } : { SSL_CERT_FILE: kube.caFile }
    const env = { ...demoSettings(issuer), ...authorities }
    return { kube, directory, built, binary, env, token: await demoToken(issuer, 'acme-owner'), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Parts {
  readonly kube: KubeAccess
  readonly issuer: string
  readonly stop: () => Promise<void>
}

async function startReal(): Promise<Parts> {
  const { apiServer, issuer, stop } = await startOwnCluster()
  const { url, token, caFile } = apiServer
  return { kube: { url, token, caFile }, issuer, stop }
}

async function startStandIns(): Promise<Parts> {
  const cluster = await startLocalCluster()
  cluster.intercept = () => {
    // It records requests for tests.
    cluster.requests.length = 0
    return undefined
  }
  const issuer = await startIssuer()
  return {
    kube: { url: cluster.url, token: cluster.token },
    issuer: issuer.url,
    async stop() {
      await issuer.close()
      await cluster.stop()
    },
  }
}
