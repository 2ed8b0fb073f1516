/**
 * The server under test in front of the real parts, in the two forms that it ships in.
 * @module
 */
import { join } from 'node:path'
import { buildAll } from '../../infra/bundle/build.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { compileServer } from '../../infra/workerd/compile.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../infra/workerd/process.ts'
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'

/** What a server is started with besides its form. */
export interface ServerSurroundings {
  /** `host:port` of the API server. */
  readonly kubeAddress: string
  /** The projected ServiceAccount directory. */
  readonly serviceAccountDirectory: string
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** What is built, once for all servers. */
  readonly build: Build
}

/** The functions, built. */
export interface Build {
  /** Configuration of workerd with the gateway and all functions. */
  readonly config: string
  /** What all functions together must be allowed to do: the rights of the one ServiceAccount of this process. */
  readonly rules: readonly PolicyRule[]
  /** The single binary, compiled when it is first asked for. */
  binary(): Promise<string>
}

/** What can be changed of one server. */
export interface StartOptions {
  /** Settings beyond those of the surroundings; `undefined` unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Gets each line that it prints. */
  readonly onLine?: (line: string) => void
}

/**
 * Builds the functions as they ship: the API server is reached as in a pod, by TLS.
 * @param directory - Takes what is built
 */
export async function buildServer(directory: string): Promise<Build> {
  const out = join(directory, 'dist')
  const { bundles } = await buildAll({ out })
  const config = join(out, 'workerd', 'config.capnp')
  let compiled: Promise<string> | undefined
  return {
    config,
    rules: merge(bundles.flatMap(({ definition }) => definition.rbac)),
    binary() {
      compiled ??= compileTo(config, join(out, 'kaphera-cloud-server'))
      return compiled
    },
  }
}

async function compileTo(config: string, binary: string): Promise<string> {
  await compileServer(config, binary)
  return binary
}

/** Starts the compiled binary. */
export async function startCompiled(parts: ServerSurroundings, options: StartOptions = {}): Promise<RunningServer> {
  return startServer({ ...common(parts, options), command: await parts.build.binary() })
}

/** Starts `workerd serve`. */
export function startServe(parts: ServerSurroundings, options: StartOptions = {}): Promise<RunningServer> {
  const args = ['serve', parts.build.config, 'config']
  return startServer({ ...common(parts, options), command: workerdBinary(), args })
}

function common(parts: ServerSurroundings, { env, onLine }: StartOptions): Omit<ServerOptions, 'command'> {
  const settings = Object.entries({ ...parts.env, ...env })
  return {
    external: { kube: parts.kubeAddress },
    directories: { 'kube-token': parts.serviceAccountDirectory },
    env: Object.fromEntries(settings.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    ...(onLine !== undefined && { onLine }),
  }
}
