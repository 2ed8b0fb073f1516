/**
 * A real API server with etcd, on loopback, with RBAC and without the rest of a control plane.
 * Nothing creates `default` ServiceAccounts, deletes the dependents of a deleted owner, or finishes the deletion of a
 * namespace: tests create what they need and use their own namespaces.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterBinaries } from './binaries.ts'
import { type ClusterCertificates, createCertificates } from './certificates.ts'
import { createKube, type Kube, type KubeAccess } from './kube.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, removeScratch, scratchDirectory, startProcess, waitFor } from './processes.ts'

/** Milliseconds that etcd and the API server may take to be ready; about 2 s on an idle machine. */
const READY_TIMEOUT_MS = 120_000
/** Name in `iss` and `aud` of ServiceAccount tokens, as a stock cluster has it. */
const SERVICE_ACCOUNT_ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** What can be changed of the API server. */
export interface ApiServerOptions {
  /** Port to listen on; default: any free one. */
  readonly port?: number | undefined
  /** Keeps an audit log at the level Metadata (default) or as the given policy (YAML) says. */
  readonly audit?: boolean | string
  /** The trusted authority (default: a new one). */
  readonly certificates?: ClusterCertificates
  /** An AuthenticationConfiguration: further issuers whose tokens are accepted. */
  readonly authentication?: object
  /** Further flags of kube-apiserver. */
  readonly flags?: readonly string[]
  /** Further flags of etcd. */
  readonly etcdFlags?: readonly string[]
}

/** One record of the audit log. */
export interface AuditEvent {
  readonly auditID: string
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly impersonatedUser?: {
    readonly username: string
    readonly groups?: readonly string[]
    readonly extra?: Readonly<Record<string, readonly string[]>>
  }
  readonly responseStatus?: { readonly code: number }
  readonly requestReceivedTimestamp: string
}

/** The running etcd of an API server. */
export interface Etcd {
  /** Stops answering without closing anything (SIGSTOP). */
  pause(): void
  /** Ends {@link pause}. */
  resume(): void
  /** Ends it at once (SIGKILL); its data stays. */
  crash(): Promise<void>
  /** Starts it again after {@link crash}, with its data. */
  restart(): void
}

/** A running API server. */
export interface ApiServer extends KubeAccess {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Path of a kubeconfig that authenticates as an administrator by client certificate. */
  readonly kubeconfig: string
  /** Path of a kubectl of the same version. */
  readonly kubectl: string
  readonly certificates: ClusterCertificates
  /** Path of its log. */
  readonly logFile: string
  /** A client with all rights. */
  readonly admin: Kube
  /** Path of the socket of etcd. */
  readonly etcdSocket: string
  readonly etcd: Etcd
  /** What the audit log holds so far, oldest first; empty unless asked for. */
  auditEvents(): AuditEvent[]
  /** A token of a ServiceAccount through the TokenRequest API; the server grants 600 s at least. */
  createToken(namespace: string, serviceAccount: string, seconds?: number): Promise<string>
  /** Stops answering without closing anything (SIGSTOP), as a hanging node would. */
  pause(): void
  /** Ends {@link pause}. */
  resume(): void
  /** Ends the API server at once (SIGKILL); etcd and all state stay. */
  crash(): Promise<void>
  /** Starts it again after {@link crash}, at the same address, with the same state. */
  restart(): Promise<void>
  /** Ends everything and removes all state. */
  stop(): Promise<void>
}

/**
 * Starts etcd and kube-apiserver and waits until they are ready.
 * @throws {MissingRequirement} if a binary has to be built without Go, or without openssl
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const binaries = await clusterBinaries()
  const directory = scratchDirectory('cluster')
  const certificates = options.certificates ?? createCertificates(directory)
  const adminToken = randomBytes(24).toString('base64url')
  writeFileSync(join(directory, 'tokens.csv'), `${adminToken},cluster-admin,cluster-admin,system:masters\n`, {
    mode: 0o600,
  })
  const port = options.port ?? (await freePort())
  const url = `https://127.0.0.1:${port}`
  const logFile = join(directory, 'kube-apiserver.log')
  const auditFile = join(directory, 'audit.log')
  const args = apiServerArguments(directory, certificates, port, options)
  const admin = createKube({ url, token: adminToken, caFile: certificates.caFile })

  let etcd = startEtcd(binaries.etcd, directory, options.etcdFlags)
  let server = startProcess({ command: binaries.kubeApiServer, args, cwd: directory, logFile })
  await ready(admin, server)

  return {
    url,
    host: '127.0.0.1',
    port,
    token: adminToken,
    caFile: certificates.caFile,
    kubeconfig: writeKubeconfig(join(directory, 'kubeconfig'), url, certificates),
    kubectl: binaries.kubectl,
    certificates,
    logFile,
    admin,
    etcdSocket: join(directory, 'etcd-client:0'),
    etcd: {
      pause: () => etcd.signal('SIGSTOP'),
      resume: () => etcd.signal('SIGCONT'),
      crash: async () => {
        etcd.signal('SIGKILL')
        await etcd.exited
      },
      restart: () => {
        if (!etcd.ended()) throw new Error('etcd still runs: crash() it first')
        etcd = startEtcd(binaries.etcd, directory, options.etcdFlags)
      },
    },
    auditEvents: () => (options.audit === undefined || options.audit === false ? [] : readAuditLog(auditFile)),
    createToken: (namespace, serviceAccount, seconds = 3600) => requestToken(admin, namespace, serviceAccount, seconds),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    crash: async () => {
      server.signal('SIGKILL')
      await server.exited
    },
    restart: async () => {
      if (!server.ended()) throw new Error('the API server still runs: crash() it first')
      server = startProcess({ command: binaries.kubeApiServer, args, cwd: directory, logFile })
      await ready(admin, server)
    },
    stop: async () => {
      // Nothing of the state is kept, so there is nothing to end gracefully.
      server.signal('SIGKILL')
      etcd.signal('SIGKILL')
      await Promise.all([server.exited, etcd.exited])
      removeScratch(directory)
    },
  }
}

/** On sockets in the private directory, which are relative to its working directory: no port, nobody else gets in. */
function startEtcd(command: string, directory: string, flags: readonly string[] = []): RunningProcess {
  const args = [
    '--name=test',
    `--data-dir=${join(directory, 'etcd')}`,
    '--listen-client-urls=unix://etcd-client:0',
    '--advertise-client-urls=unix://etcd-client:0',
    '--listen-peer-urls=unix://etcd-peer:0',
    '--initial-advertise-peer-urls=unix://etcd-peer:0',
    '--initial-cluster=test=unix://etcd-peer:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
    ...flags,
  ]
  return startProcess({ command, args, cwd: directory, logFile: join(directory, 'etcd.log') })
}

function apiServerArguments(
  directory: string,
  certificates: ClusterCertificates,
  port: number,
  options: ApiServerOptions,
): string[] {
  return [
    '--etcd-servers=unix://etcd-client:0',
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${certificates.servingCert}`,
    `--tls-private-key-file=${certificates.servingKey}`,
    `--client-ca-file=${certificates.caFile}`,
    '--token-auth-file=tokens.csv',
    '--authorization-mode=RBAC',
    `--service-account-issuer=${SERVICE_ACCOUNT_ISSUER}`,
    `--service-account-key-file=${certificates.serviceAccountKey}`,
    `--service-account-signing-key-file=${certificates.serviceAccountKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    ...auditArguments(directory, options.audit),
    ...authenticationArguments(directory, options.authentication),
    ...(options.flags ?? []),
  ]
}

const METADATA_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
`

function auditArguments(directory: string, audit: boolean | string = false): string[] {
  if (audit === false) return []
  writeFileSync(join(directory, 'audit-policy.yaml'), audit === true ? METADATA_POLICY : audit)
  // Blocking: a record is on disk before the answer is sent, so a test can read it right away.
  return ['--audit-policy-file=audit-policy.yaml', '--audit-log-path=audit.log', '--audit-log-mode=blocking']
}

function authenticationArguments(directory: string, configuration: object | undefined): string[] {
  if (configuration === undefined) return []
  writeFileSync(join(directory, 'authentication.yaml'), JSON.stringify(configuration))
  return ['--authentication-config=authentication.yaml']
}

function readAuditLog(file: string): AuditEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  // What follows the last line break is a record still being written.
  return lines.slice(0, -1).map((line): AuditEvent => JSON.parse(line))
}

async function ready(admin: Kube, server: RunningProcess): Promise<void> {
  await waitFor(async () => ((await admin.request('GET', '/readyz')).ok ? true : undefined), {
    what: 'kube-apiserver ready',
    timeoutMs: READY_TIMEOUT_MS,
    process: server,
  })
}

async function requestToken(admin: Kube, namespace: string, name: string, seconds: number): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const answer = await admin.json<{ status: { token: string } }>('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: seconds },
  })
  return answer.status.token
}
