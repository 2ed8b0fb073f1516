/**
 * A real node with Knative Serving: the scripts of the directory knative-node start and stop it.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { PROJECT } from '../../infra/bundle/project.ts'
import { MissingRequirement } from '../cluster/harness/requirement.ts'

const run = promisify(execFile)

/** Directory with `up.sh`, `env.sh` and `down.sh`; KNATIVE_NODE names another. */
const DIRECTORY = process.env.KNATIVE_NODE ?? join(PROJECT, '..', 'shared', 'knative-node')

/** The running node. */
export interface Node {
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string
  /** URL of the API server, the token of an administrator, and the authority that signed its certificate. */
  readonly access: { readonly url: string; readonly token: string; readonly caFile: string }
  /** Address of this machine that pods reach, and nobody outside. */
  readonly address: string
  /** Makes the images of an OCI archive known to the node. */
  importImages(archive: string): Promise<void>
  /** Makes an image of a directory and gives it to the node. @param command - The file that it runs, and its arguments */
  importDirectory(name: string, directory: string, command: readonly string[]): Promise<void>
  /** Stops everything. */
  stop(): Promise<void>
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority': string } },
  ]
  readonly users: readonly [{ readonly user: { readonly token: string } }]
}

/**
 * Starts the node without any state and builds what is missing.
 * @throws {MissingRequirement} if the scripts are not there
 */
export async function startNode(): Promise<Node> {
  const up = join(DIRECTORY, 'up.sh')
  if (!existsSync(up)) {
    throw new MissingRequirement(`${up} was not found. Set KNATIVE_NODE to a directory with up.sh, env.sh and down.sh.`)
  }
  // What an earlier run left would be in the way.
  await run(join(DIRECTORY, 'down.sh'), ['--wipe'])
  await run(up, { maxBuffer: 64 << 20 })
  const environment = await nodeEnvironment()
  const { KUBECONFIG: kubeconfig = '', NODE_IP: address = '' } = environment
  const { stdout } = await run('cat', [kubeconfig])
  const { clusters, users } = load(stdout) as Kubeconfig
  const [{ cluster }] = clusters
  return {
    kubeconfig,
    address,
    access: { url: cluster.server, token: users[0].user.token, caFile: cluster['certificate-authority'] },
    async importImages(archive) {
      await run('ctr', ['--namespace', 'k8s.io', 'images', 'import', '--local', archive], {
        env: { ...process.env, ...environment },
      })
    },
    async importDirectory(name, directory, command) {
      await run(join(DIRECTORY, 'image.sh'), [name, directory, JSON.stringify(command)])
    },
    async stop() {
      await run(join(DIRECTORY, 'down.sh'))
    },
  }
}

/** What env.sh says. */
async function nodeEnvironment(): Promise<Record<string, string>> {
  const names = ['KUBECONFIG', 'NODE_IP', 'CONTAINERD_ADDRESS', 'PATH']
  const script = `. "$0" && printf '%s\\n' ${names.map((name) => `"$${name}"`).join(' ')}`
  const { stdout } = await run('bash', ['-c', script, join(DIRECTORY, 'env.sh')])
  const values = stdout.split('\n')
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
}
