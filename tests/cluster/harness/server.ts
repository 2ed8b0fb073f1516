/**
 * The server under test in front of the real parts, in the two forms that it ships in.
 */
import { join } from 'node:path'
import { type Build as Built, buildAll } from '../../../infra/bundle/build.ts'
import { catalog } from '../../../infra/bundle/manifest.ts'
import { compileImage, compileServer } from '../../../infra/runtimes/bun/compile.ts'
import { startBinary } from '../../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../../infra/runtimes/process.ts'
import type { PolicyRule } from '../../../shared/kind/policy-rules.ts'
import { merge } from '../../../shared/kind/policy-rules.ts'
import type { FunctionDefinition } from '../../../shared/server/definition.ts'

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
  /** Definitions of all functions. */
  readonly catalog: readonly FunctionDefinition[]
  /** What all functions together must be allowed to do: the rights of the one ServiceAccount of this process. */
  readonly rules: readonly PolicyRule[]
  /** The single binary, compiled when it is first asked for. */
  binary(): Promise<string>
  /** The image's program with its app, compiled when it is first asked for. */
  image(): Promise<string>
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
  const built = await buildAll({ out })
  let binary: Promise<string> | undefined
  let image: Promise<string> | undefined
  return {
    catalog: catalog(built.bundles),
    rules: merge(built.bundles.flatMap(({ definition }) => definition.rbac)),
    binary() {
      binary ??= compileBinary(built, join(out, 'kaphera-cloud-server'))
      return binary
    },
    image() {
      image ??= compileImage(built, { out: join(out, 'image') })
      return image
    },
  }
}

async function compileBinary(built: Built, binary: string): Promise<string> {
  await compileServer(built, binary)
  return binary
}

/** Starts the single binary. */
export async function startCompiled(parts: ServerSurroundings, options: StartOptions = {}): Promise<RunningServer> {
  return start(await parts.build.binary(), parts, options)
}

/** Starts the program of the image. */
export async function startImage(parts: ServerSurroundings, options: StartOptions = {}): Promise<RunningServer> {
  return start(await parts.build.image(), parts, options)
}

function start(command: string, parts: ServerSurroundings, options: StartOptions): Promise<RunningServer> {
  return startBinary({
    command,
    kube: `https://${parts.kubeAddress}`,
    serviceAccount: parts.serviceAccountDirectory,
    env: settingsOf(parts, options),
    onLine: options.onLine,
  })
}

function settingsOf(parts: ServerSurroundings, { env }: StartOptions): Record<string, string> {
  const settings = Object.entries({ ...parts.env, ...env })
  return Object.fromEntries(settings.filter((entry): entry is [string, string] => entry[1] !== undefined))
}
