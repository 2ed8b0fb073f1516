/**
 * An API server that a test file has for itself, and the embedded issuer: where it does not matter that there is no Keycloak.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoSettings } from '../../../infra/local/issuer/identities.ts'
import { startIssuer } from '../../../infra/local/issuer/index.ts'
import { demoToken } from '../../../infra/local/issuer/tokens.ts'
import type { ClusterAccess } from '../../../infra/local/operators/client.ts'
import { type ApiServer, type ApiServerOptions, startApiServer } from './api-server.ts'
import { installCrds } from './crds.ts'
import { buildServer, type ServerSurroundings } from './server.ts'

/** The running parts. */
export interface OwnCluster {
  readonly apiServer: ApiServer
  /** For clients with all rights. */
  readonly access: ClusterAccess & { readonly ca: string }
  /** URL of the issuer. */
  readonly issuer: string
  /** An access token of a demo user or of the service account. */
  tokenOf(name: string): Promise<string>
  /** Ends everything and removes all state. */
  stop(): Promise<void>
}

/**
 * Starts an API server with CRDs, and an issuer.
 * @param crds - Directory of the CRDs (default: infra/crds)
 */
export async function startOwnCluster(crds?: string, options?: ApiServerOptions): Promise<OwnCluster> {
  const apiServer = await startApiServer(options)
  const issuer = await startIssuer()
  await installCrds(apiServer.admin, crds)
  return {
    apiServer,
    access: { url: apiServer.url, token: apiServer.token, ca: readFileSync(apiServer.certificates.caFile, 'utf8') },
    issuer: issuer.url,
    tokenOf: (name) => demoToken(issuer.url, name),
    async stop() {
      await issuer.close()
      await apiServer.stop()
    },
  }
}

/**
 * What a server before it is started with; it has all rights in the cluster.
 * @param directory - Takes what is built, and the server's token
 */
export async function surroundingsOf(
  { apiServer, issuer }: OwnCluster,
  directory: string,
): Promise<ServerSurroundings> {
  const serviceAccountDirectory = join(directory, 'token')
  mkdirSync(serviceAccountDirectory)
  writeFileSync(join(serviceAccountDirectory, 'token'), apiServer.token)
  return {
    kubeAddress: `${apiServer.host}:${apiServer.port}`,
    serviceAccountDirectory,
    build: await buildServer(directory),
    env: { ...demoSettings(issuer), SSL_CERT_FILE: apiServer.certificates.caFile },
  }
}
