/**
 * The functions as they ship, in one process of workerd, in front of an API server that a test makes up.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll } from '../../infra/bundle/build.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { type RunningServer, startServer } from '../../infra/workerd/process.ts'
import { type KubeHandler, type StandIns, startStandIns } from '../bench/stand-ins.ts'

/** A running server. */
export interface Served {
  readonly server: RunningServer
  /** A request of a viewer of the organization `acme`. */
  get(path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

/**
 * Builds and starts it.
 * @param handle - The API server; what it leaves is answered by a small one
 * @param env - Settings
 */
export async function startServed(handle: KubeHandler, env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-served-'))
  await writeFile(join(directory, 'token'), 'token')
  const standIns: StandIns = await startStandIns(5, handle)
  const out = join(directory, 'dist')
  await buildAll({ out, kube: { address: standIns.kube, tls: false } })
  const server = await startServer({
    command: workerdBinary(),
    args: ['serve', join(out, 'workerd', 'config.capnp'), 'config'],
    env: { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience, SSL_CERT_DIR: '/etc/ssl/certs', ...env },
    directories: { 'kube-token': directory },
  })
  return {
    server,
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
