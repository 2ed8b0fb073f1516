/**
 * kube-apiserver, etcd and kubectl, built from their Go modules as go.mod pins them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildMissing, cachedProgram, type GoProgram } from './go-build.ts'

/** Where go.mod is. */
const MODULE = import.meta.dirname

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

/**
 * The executables, built first if the cache does not have them.
 * @throws {MissingRequirement} if something has to be built and Go is not installed
 */
export async function clusterBinaries(): Promise<ClusterBinaries> {
  const all = programs()
  await buildMissing(all)
  const [etcd = '', kubectl = '', kubeApiServer = ''] = all.map(({ file }) => file)
  return { etcd, kubectl, kubeApiServer }
}

/** Whether nothing has to be built, so that Go is not needed. */
export function clusterBinariesAreBuilt(): boolean {
  return programs().every(({ file }) => existsSync(file))
}

function programs(): GoProgram[] {
  const linkerFlags = versionFlags(kubernetesVersion())
  return Object.entries(PACKAGES).map(([name, path]) => ({
    module: MODULE,
    package: path,
    file: cachedProgram(MODULE, name),
    linkerFlags,
  }))
}

/** The version of k8s.io/kubernetes, e.g. `v1.36.3`: what the server has to say of itself. */
function kubernetesVersion(): string {
  const version = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1]
  if (version === undefined) throw new Error('go.mod requires no k8s.io/kubernetes')
  return version
}

function versionFlags(version: string): string[] {
  const [major, minor] = version.slice(1).split('.')
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  return Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
}
