/** The image, as a container with nothing but what a pod at the security level "restricted" has. Needs root, runc and buildah. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { demoSettings } from '../../infra/local/issuer/identities.ts'
import { seed } from '../../infra/local/seed.ts'
import { TOKEN_DIRECTORY } from '../../infra/workerd/services.ts'
import { callerOf } from './caller.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, removeScratch, scratchDirectory, startProcess, waitFor } from './processes.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents of OCI
type Json = any

const run = promisify(execFile)
const MINUTE = 60_000
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64'
const scratch = scratchDirectory('image')
const rootfs = join(scratch, 'bundle', 'rootfs')
const archive = join(PROJECT, 'dist', 'image', `${ARCHITECTURE}.tar`)

/** Builds the image and gives its digest. */
async function build(): Promise<string> {
  await run(process.execPath, ['infra/container/image.ts', '--arch', ARCHITECTURE], { cwd: PROJECT })
  return JSON.parse(await fromArchive('index.json')).manifests[0].digest
}

async function fromArchive(path: string): Promise<string> {
  return (await run('tar', ['--extract', '--to-stdout', '--file', archive, path], { maxBuffer: 64 << 20 })).stdout
}

async function blob(digest: string): Promise<Json> {
  return JSON.parse(await fromArchive(`blobs/${digest.replace(':', '/')}`))
}

let digest: string
let config: Json

beforeAll(async () => {
  digest = await build()
  const manifest = await blob(digest)
  config = await blob(manifest.config.digest)
  mkdirSync(rootfs, { recursive: true })
  await run('tar', ['--extract', '--file', archive, '--directory', scratch])
  for (const layer of manifest.layers) {
    const file = join(scratch, 'blobs', layer.digest.replace(':', '/'))
    await run('tar', [
      '--extract',
      '--gzip',
      '--same-owner',
      '--same-permissions',
      '--file',
      file,
      '--directory',
      rootfs,
    ])
  }
}, 5 * MINUTE)

afterAll(() => removeScratch(scratch))

describe('the image', () => {
  it('is the same when it is built again', { timeout: 5 * MINUTE }, async () => {
    expect(await build()).toBe(digest)
  })

  it('has no shell, nothing that its user may write, and nothing that changes who runs it', async () => {
    const entries = await readdir(rootfs, { recursive: true, withFileTypes: true })
    const programs: string[] = []
    for (const entry of entries.filter((one) => !one.isSymbolicLink())) {
      const path = join(entry.parentPath, entry.name)
      const { mode, uid, gid } = await lstat(path)
      expect([uid, gid], path).toEqual([0, 0])
      expect(mode & 0o6022, path).toBe(0)
      if (entry.isFile() && mode & 0o111 && !/[.]so[.\d]*$/.test(path)) programs.push(path.slice(rootfs.length))
    }
    expect(programs).toEqual(['/usr/local/bin/workerd'])
    expect(config.config.User).toBe('65532:65532')
  })

  it('has a bill of materials that names its base, its runtime and what is bundled', () => {
    const bill = JSON.parse(readFileSync(archive.replace(/tar$/, 'cdx.json'), 'utf8'))
    const names = bill.components.map(({ name }: Json) => name)
    for (const name of ['libc6', 'ca-certificates', 'hono', 'jose', 'valibot']) expect(names).toContain(name)
    expect(names.some((name: string) => name.startsWith('@cloudflare/workerd-linux'))).toBe(true)
  })
})

describe('the container', () => {
  let cluster: OwnCluster
  let container: RunningProcess
  const id = `kaphera-${process.pid}`

  afterAll(async () => {
    await run('runc', ['delete', '--force', id]).catch(() => undefined)
    await container?.exited
    await cluster?.stop()
  })

  it('answers from the cluster, read-only, without capabilities', { timeout: 5 * MINUTE }, async () => {
    cluster = await startOwnCluster()
    const { access } = cluster
    await seed(access)
    const secrets = join(scratch, 'secrets')
    mkdirSync(secrets)
    writeFileSync(join(secrets, 'token'), access.token)
    writeFileSync(join(secrets, 'ca.crt'), access.ca)
    const port = await freePort()
    await writeBundle(port, secrets)
    const args = ['run', '--bundle', join(scratch, 'bundle'), id]
    container = startProcess({ command: 'runc', args, logFile: join(scratch, 'container.log') })
    const url = `http://127.0.0.1:${port}`
    await waitFor(async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined), {
      what: 'the container is ready',
      timeoutMs: MINUTE,
      process: container,
    })
    const list = await callerOf(cluster, url, 'acme-viewer')('GET', '/v1/organizations/acme/connectors')
    expect(list.status).toBe(200)
    expect(list.body.items.length).toBeGreaterThan(0)
  })

  /** As the kubelet does it for a pod at the level "restricted", but in the network of this machine. */
  async function writeBundle(port: number, secrets: string): Promise<void> {
    const bundle = join(scratch, 'bundle')
    await run('runc', ['spec', '--bundle', bundle])
    const file = join(bundle, 'config.json')
    const spec = JSON.parse(readFileSync(file, 'utf8'))
    const env = {
      ...demoSettings(cluster.issuer),
      SSL_CERT_FILE: `${TOKEN_DIRECTORY}/ca.crt`,
      SSL_CERT_DIR: '/etc/ssl/certs',
    }
    const [uid, gid] = config.config.User.split(':').map(Number)
    spec.process = {
      terminal: false,
      user: { uid, gid },
      cwd: config.config.WorkingDir,
      args: [
        ...config.config.Entrypoint,
        'serve',
        '/app/workerd/config.capnp',
        'config',
        `--socket-addr=http=127.0.0.1:${port}`,
        `--external-addr=kube=${cluster.apiServer.host}:${cluster.apiServer.port}`,
      ],
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      capabilities: { bounding: [], effective: [], permitted: [] },
      noNewPrivileges: true,
    }
    spec.root = { path: 'rootfs', readonly: true }
    spec.linux.namespaces = spec.linux.namespaces.filter(({ type }: Json) => type !== 'network')
    spec.mounts.push({ type: 'bind', source: secrets, destination: TOKEN_DIRECTORY, options: ['bind', 'ro'] })
    writeFileSync(file, JSON.stringify(spec))
  }
})
