/** The image, as a container with nothing but what a pod at the security level "restricted" has. Needs root, runc and buildah. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PROJECT, projectVersion } from '../../infra/bundle/project.ts'
import { demoSettings } from '../../infra/local/issuer/identities.ts'
import { seed } from '../../infra/local/seed.ts'
import { callerOf } from './harness/caller.ts'
import { type OwnCluster, startOwnCluster } from './harness/own-cluster.ts'
import { freePort } from './harness/ports.ts'
import { removeScratch, scratchDirectory, startProcess, waitFor } from './harness/processes.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents of OCI
type Json = any

const run = promisify(execFile)
const MINUTE = 60_000
/** The projected ServiceAccount directory of a pod. */
const TOKEN_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount'
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
  it('is reproducible', { timeout: 5 * MINUTE }, async () => {
    expect(await build()).toBe(digest)
  })

  it('has no shell, no files that its user can write, and no setuid programs', async () => {
    const entries = await readdir(rootfs, { recursive: true, withFileTypes: true })
    const programs: string[] = []
    for (const entry of entries.filter((one) => !one.isSymbolicLink())) {
      const path = join(entry.parentPath, entry.name)
      const { mode, uid, gid } = await lstat(path)
      expect([uid, gid], path).toEqual([0, 0])
      expect(mode & 0o6022, path).toBe(0)
      if (entry.isFile() && mode & 0o111 && !/[.]so[.\d]*$/.test(path)) programs.push(path.slice(rootfs.length))
    }
    expect(programs).toEqual(['/kaphera-cloud-server'])
    expect(config.config.User).toBe('65532:65532')
    expect(config.config.Labels['org.opencontainers.image.version']).toBe(projectVersion())
  })

  it('has an SBOM that names its base, its runtime and bundled packages', () => {
    const bill = JSON.parse(readFileSync(archive.replace(/tar$/, 'cdx.json'), 'utf8'))
    const names = bill.components.map(({ name }: Json) => name)
    for (const name of ['libc6', 'ca-certificates', 'hono', 'jose', 'valibot']) expect(names).toContain(name)
    const runtime = bill.components.find(({ name }: Json) => name.startsWith('@oven/bun-linux-'))
    expect(runtime).toMatchObject({ licenses: [{ license: { id: 'MIT' } }], hashes: [{ alg: 'SHA-512' }] })
    expect(runtime.version).toBe(JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).devDependencies.bun)
  })
})

describe('the container', () => {
  let cluster: OwnCluster
  const secrets = join(scratch, 'secrets')
  const id = `kaphera-${process.pid}`

  beforeAll(async () => {
    cluster = await startOwnCluster()
    await seed(cluster.access)
    mkdirSync(secrets)
    writeFileSync(join(secrets, 'token'), cluster.access.token)
    writeFileSync(join(secrets, 'ca.crt'), cluster.access.ca)
  }, 5 * MINUTE)

  afterAll(() => cluster?.stop())

  it.each([
    ['all functions', []],
    ['a function alone', ['--function=connectors']],
  ])('answers from the cluster, read-only, without capabilities: %s', { timeout: 5 * MINUTE }, async (_, flags) => {
    const port = await freePort()
    await writeBundle(port, flags)
    const args = ['run', '--bundle', join(scratch, 'bundle'), id]
    const container = startProcess({ command: 'runc', args, logFile: join(scratch, 'container.log') })
    onTestFinished(async () => {
      await run('runc', ['delete', '--force', id]).catch(() => undefined)
      await container.exited
    })
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
  async function writeBundle(port: number, flags: readonly string[]): Promise<void> {
    const bundle = join(scratch, 'bundle')
    const file = join(bundle, 'config.json')
    await rm(file, { force: true })
    await run('runc', ['spec', '--bundle', bundle])
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
        ...flags,
        `--listen=127.0.0.1:${port}`,
        `--kube=https://${cluster.apiServer.host}:${cluster.apiServer.port}`,
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
