/**
 * The single binary in front of a test's own API server.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBinary } from '../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { COMMAND } from './compiled.ts'
import { type KubeHandler, type StandIns, startStandIns } from './stand-ins.ts'

/** A running server. */
export interface Served {
  readonly server: RunningServer
  /** Sends a request as a viewer of the organization `acme`. */
  get(path: string, init?: RequestInit): Promise<Response>
  /** A token of any subject. */
  tokenOf(subject: string): Promise<string>
  stop(): Promise<void>
}

/**
 * Starts the server.
 * @param handle - Answers for the API server; a small default answers the rest
 * @param env - Settings
 * @param roles - Roles in `acme` by subject
 */
export async function startServed(
  handle: KubeHandler,
  env: Readonly<Record<string, string>> = {},
  roles: Readonly<Record<string, string>> = { bench: 'viewer' },
): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-served-'))
  await writeFile(join(directory, 'token'), 'token')
  const standIns: StandIns = await startStandIns(5, handle, roles)
  const settings = {
    OIDC_ISSUER: standIns.issuer,
    OIDC_AUDIENCE: standIns.audience,
    SSL_CERT_DIR: '/etc/ssl/certs',
    ...env,
  }
  const server = await startBinary({
    command: COMMAND,
    kube: `http://${standIns.kube}`,
    serviceAccount: directory,
    env: settings,
  })
  return {
    server,
    tokenOf: standIns.tokenOf,
    get: (path, init = {}) =>
      fetch(server.url + path, {
        ...init,
        headers: { Authorization: `Bearer ${standIns.token}`, ...(init.headers as Record<string, string>) },
      }),
    async stop() {
      await server.stop()
      standIns.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
