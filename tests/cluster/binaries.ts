/**
 * kube-apiserver, etcd and kubectl, built from their Go modules as go.mod pins them.
 * @module
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cachePath, withLock } from './cache.ts'
import { progress, secondsSince } from './progress.ts'
import { requireTool } from './requirement.ts'

/** Where go.mod is, and where the builder runs. */
const MODULE_DIRECTORY = import.meta.dirname
/** Milliseconds between two signs of life during a build of minutes. */
const HEARTBEAT_MS = 20_000

/** Paths of the executables. */
export interface ClusterBinaries {
  readonly kubeApiServer: string
  readonly etcd: string
  readonly kubectl: string
}

const PACKAGES = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
} as const

type BinaryName = keyof typeof PACKAGES

/**
 * The executables, built first if the cache does not have them. The first build takes minutes; a lock keeps two runs
 * from building at once.
 * @throws {MissingRequirement} if something has to be built and Go is not installed
 */
export async function clusterBinaries(): Promise<ClusterBinaries> {
  const { gomod, directory, paths } = places()
  if (areThere(paths)) return paths

  requireTool('go')
  await withLock(
    cachePath('build.lock'),
    async () => {
      mkdirSync(directory, { recursive: true })
      for (const name of Object.keys(PACKAGES) as BinaryName[]) {
        if (!existsSync(join(directory, name))) await build(name, directory, kubernetesVersion(gomod))
      }
    },
    () => progress('another run is building the cluster binaries; waiting for it'),
  )
  return paths
}

/** Whether nothing has to be built, so that Go is not needed. */
export function clusterBinariesAreBuilt(): boolean {
  return areThere(places().paths)
}

function places(): { gomod: string; directory: string; paths: ClusterBinaries } {
  const gomod = readFileSync(join(MODULE_DIRECTORY, 'go.mod'), 'utf8')
  const directory = cachePath(createHash('sha256').update(gomod).digest('hex').slice(0, 16))
  const paths = {
    etcd: join(directory, 'etcd'),
    kubectl: join(directory, 'kubectl'),
    kubeApiServer: join(directory, 'kube-apiserver'),
  }
  return { gomod, directory, paths }
}

function areThere(paths: ClusterBinaries): boolean {
  return Object.values(paths).every((path) => existsSync(path))
}

/** Builds next to its final place and renames, so that a path that exists is a whole executable. */
async function build(name: BinaryName, directory: string, version: string): Promise<void> {
  const start = performance.now()
  const unfinished = join(directory, `.${name}`)
  progress(`building ${name} (takes minutes the first time)`)
  await runGo(name, [
    'build',
    '-v',
    '-mod=readonly',
    '-buildvcs=false',
    '-ldflags',
    linkerFlags(version),
    '-o',
    unfinished,
    PACKAGES[name],
  ])
  renameSync(unfinished, join(directory, name))
  progress(`built ${name} in ${secondsSince(start)}`)
}

function runGo(name: BinaryName, args: string[]): Promise<void> {
  // Without cgo the executables need nothing of the system; a workspace file above must not change what is built.
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' }
  const go = spawn('go', args, { cwd: MODULE_DIRECTORY, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let packages = 0
  let output = ''
  go.stderr.setEncoding('utf8').on('data', (text: string) => {
    packages += text.split('\n').length - 1
    output = (output + text).slice(-4000)
  })
  const heartbeat = setInterval(() => progress(`  ${name}: ${packages} packages so far`), HEARTBEAT_MS)
  return new Promise((resolve, reject) => {
    go.once('error', reject).once('close', (code) => {
      clearInterval(heartbeat)
      if (code === 0) resolve()
      else reject(new Error(`go ${args.join(' ')} ended with ${code}:\n${output}`))
    })
  })
}

/** The version of k8s.io/kubernetes, e.g. `v1.36.3`: what the server has to say of itself. */
function kubernetesVersion(gomod: string): string {
  const version = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(gomod)?.[1]
  if (version === undefined) throw new Error('go.mod requires no k8s.io/kubernetes')
  return version
}

function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.')
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const settings = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  return ['-s', '-w', ...settings].join(' ')
}
