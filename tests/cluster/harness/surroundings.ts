/**
 * Everything real that the server works with: an API server with the CRDs, the seed of infra/local and the stand-in for the
 * operators, and Keycloak.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { account } from '../../../infra/knative/objects.ts'
import { AUDIENCE, demoSettings } from '../../../infra/local/issuer/identities.ts'
import { startOperators } from '../../../infra/local/operators/index.ts'
import { seed } from '../../../infra/local/seed.ts'
import type { PolicyRule } from '../../../shared/kind/policy-rules.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { clusterBinariesAreBuilt } from './binaries.ts'
import { createCertificates } from './certificates.ts'
import { installCrds } from './crds.ts'
import { type Keycloak, startKeycloak, type TokenOptions } from './keycloak.ts'
import { keycloakIsPrepared } from './keycloak-distribution.ts'
import { createKube } from './kube.ts'
import { removeScratch, scratchDirectory, waitFor } from './processes.ts'
import { projectDirectory } from './projected-token.ts'
import { requireTools } from './requirement.ts'
import { buildServer, type ServerSurroundings } from './server.ts'

/** Namespace and name of the server's own ServiceAccount. */
export const SERVER_NAMESPACE = 'kaphera-cloud-server'
/** @see {@link SERVER_NAMESPACE} */
export const SERVER_ACCOUNT = 'server'
/** Before the names of users and groups of Keycloak, as the API server knows them. */
export const CALLER_PREFIX = 'keycloak:'
/** Seconds that its tokens are good for. */
const TOKEN_SECONDS = 3600
/** Milliseconds in which the API server fetches the issuer's keys: it tries again every 10 s. */
const TRUST_MS = 60_000

/** What can be changed of the parts. */
export interface PartsOptions {
  /** How many times faster than usual the stand-in for the operators is; 0 leaves it out (default 8). */
  readonly speed?: number
  /** Ports to listen on; default: any free ones. */
  readonly ports?: { readonly kube?: number; readonly issuer?: number }
}

/** The running parts; a server under test starts with `startCompiled(parts)` or `startImage(parts)` of server.ts. */
export interface RealParts extends ServerSurroundings {
  readonly apiServer: ApiServer
  readonly keycloak: Keycloak
  /** An access token of a demo user or of the service account `ci`. */
  tokenOf(name: string, options?: TokenOptions): Promise<string>
  /** Projects a new ServiceAccount token, as the kubelet does long before the old one expires. */
  rotateToken(): Promise<void>
  /** Path of the certificate of the authority that signed the API server's and Keycloak's: for SSL_CERT_FILE. */
  readonly caFile: string
  /** How many objects were seeded. */
  readonly seeded: number
  /** Ends everything and removes all state. */
  stop(): Promise<void>
}

/**
 * Makes sure, before minutes are spent on half of it, that everything can be started here.
 * @throws {MissingRequirement} with one line about all that is missing
 */
export function requireRealParts(): void {
  requireTools([
    'openssl',
    'java',
    ...(clusterBinariesAreBuilt() ? [] : (['go'] as const)),
    ...(keycloakIsPrepared() ? [] : (['maven'] as const)),
  ])
}

/**
 * Starts everything.
 * @throws {MissingRequirement} if Go, a Java runtime, Maven or OpenSSL is needed and not installed
 */
export async function startRealParts(options: PartsOptions = {}): Promise<RealParts> {
  requireRealParts()
  const directory = scratchDirectory('parts')
  const ends: (() => unknown)[] = [() => removeScratch(directory)]
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const certificates = createCertificates(directory)
    const build = await buildServer(directory)
    // Keycloak first: the API server trusts it, and asks for its keys again only every ten seconds.
    const keycloak = await startKeycloak({ port: options.ports?.issuer, tls: certificates })
    ends.push(() => keycloak.stop())
    const apiServer = await startApiServer({
      port: options.ports?.kube,
      certificates,
      audit: true,
      authentication: trustKeycloak(keycloak.secureIssuer ?? '', certificates.caFile),
    })
    ends.push(() => apiServer.stop())
    await installCrds(apiServer.admin)
    const access = { url: apiServer.url, token: apiServer.token, ca: readFileSync(certificates.caFile, 'utf8') }
    const seeded = await seed(access)
    if (options.speed !== 0) {
      const operators = startOperators({ ...access, speed: options.speed ?? 8 })
      ends.push(() => operators.stop())
    }
    await installAccount(apiServer, build.rules)
    const newToken = () => apiServer.createToken(SERVER_NAMESPACE, SERVER_ACCOUNT, TOKEN_SECONDS)
    const files = async () => ({ token: await newToken(), 'ca.crt': access.ca, namespace: SERVER_NAMESPACE })
    const projected = projectDirectory(join(directory, 'serviceaccount'), await files())
    await callersAreTrusted(apiServer, keycloak)
    return {
      apiServer,
      keycloak,
      seeded,
      caFile: certificates.caFile,
      kubeAddress: `${apiServer.host}:${apiServer.port}`,
      serviceAccountDirectory: projected.path,
      rotateToken: async () => projected.project(await files()),
      tokenOf: keycloak.tokenOf,
      env: { ...demoSettings(keycloak.issuer), SSL_CERT_FILE: certificates.caFile },
      build,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** AuthenticationConfiguration by which the API server takes tokens of Keycloak; names get the prefix `keycloak:`. */
function trustKeycloak(issuer: string, caFile: string): object {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url: issuer, audiences: [AUDIENCE], certificateAuthority: readFileSync(caFile, 'utf8') },
        claimMappings: {
          username: { claim: 'preferred_username', prefix: CALLER_PREFIX },
          groups: { claim: 'groups', prefix: CALLER_PREFIX },
        },
      },
    ],
  }
}

/** Waits until the API server has fetched the issuer's keys. */
async function callersAreTrusted({ url, caFile }: ApiServer, keycloak: Keycloak): Promise<void> {
  const caller = createKube({ url, caFile, token: await keycloak.tokenOf('acme-viewer', { secure: true }) })
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  await waitFor(async () => ((await caller.request('POST', path, review)).ok ? true : undefined), {
    what: 'the API server takes tokens of Keycloak',
    timeoutMs: TRUST_MS,
  })
}

/** Values that create ServiceAccounts with their rights. */
export const ACCOUNTS = {
  namespace: SERVER_NAMESPACE,
  serviceAccounts: { create: true, annotations: {}, names: {} },
  rbac: { create: true },
} as const

/** The ServiceAccount with the rights that an installation gives it. */
async function installAccount({ admin }: ApiServer, rules: readonly PolicyRule[]): Promise<void> {
  const collections: Readonly<Record<string, string>> = {
    ServiceAccount: `/api/v1/namespaces/${SERVER_NAMESPACE}/serviceaccounts`,
    ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  }
  await admin.json('POST', '/api/v1/namespaces', { metadata: { name: SERVER_NAMESPACE } })
  for (const object of account(ACCOUNTS, SERVER_ACCOUNT, rules)) {
    const path = collections[object.kind]
    if (path === undefined) throw new Error(`no path is known for the kind ${object.kind} of an installation`)
    await admin.json('POST', path, object)
  }
}
