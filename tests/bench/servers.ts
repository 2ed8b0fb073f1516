/**
 * The servers that are compared.
 */
import { execFileSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { bundleOneProcess } from '../../infra/bundle/one-process.ts'
import { bunBinary, compileImage } from '../../infra/runtimes/bun/compile.ts'
import { portOf, startBinary } from '../../infra/runtimes/bun/process.ts'
import { startProcess } from '../../infra/runtimes/process.ts'
import { cachePath } from '../cluster/harness/cache.ts'
import { requireTool } from '../cluster/harness/requirement.ts'
import { CONNECTORS, KUBE_CONNECTORS } from './connector.ts'
import { COMPATIBILITY_DATE, startWorkerd } from './controls/workerd-process.ts'
import type { Peer } from './load.ts'
import type { Surroundings } from './surroundings.ts'

/** A running server. */
export interface Target extends Peer {
  /** Path of the collection of connectors. */
  readonly connectors: string
  /** Whether it answers requests other than GET. */
  readonly canWrite: boolean
  /** Its process (absent: CPU time and memory are not measured). */
  readonly pid?: number
  stop(): Promise<unknown>
}

/** What each is, for `--help`. */
export const SERVERS = {
  direct: 'the API server itself',
  binary: 'the single binary',
  image: 'the program of the image with connectors alone',
  node: 'the same bundle on Node, with a warm compile cache',
  workerd: 'the same bundle in one isolate of workerd',
  axum: 'a small native server (axum and kube-rs) that only verifies tokens and passes on answers',
  floor: 'Bun with a server that only passes on answers of the API server',
} as const

/** Name of a server. */
export type ServerName = keyof typeof SERVERS

/** Returns how to start each of the named servers, after what they need has been built. */
export async function prepareServers(
  names: readonly ServerName[],
  at: Surroundings,
): Promise<Readonly<Record<string, () => Promise<Target>>>> {
  const prepared = await Promise.all(names.map(async (name) => [name, await PREPARE[name](at)] as const))
  return Object.fromEntries(prepared)
}

type Prepare = (at: Surroundings) => Promise<() => Promise<Target>>

const PREPARE: Readonly<Record<ServerName, Prepare>> = {
  direct:
    async ({ kube }) =>
    async () => ({ ...kube, connectors: KUBE_CONNECTORS, canWrite: true, stop: async () => undefined }),
  binary: async (at) => () => product(at, at.binary),
  async image(at) {
    const command = await compileImage(at.built, { out: join(at.directory, 'image') })
    return () => product(at, command, '--function=connectors')
  },
  async node(at) {
    const main = await bundleControl(at, 'node')
    // Node cannot import such files, and no measurement needs them.
    const text = await readFile(main, 'utf8')
    await writeFile(main, text.replaceAll(/import ([$\w]+) from"[^"]+\.data";/g, 'const $1="";'))
    const authorities = at.kube.caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: at.kube.caFile }
    const cache = join(at.directory, 'cache')
    return () =>
      control(at, [process.execPath, main], {
        ...at.env,
        ...authorities,
        KUBE: at.kube.url,
        TOKEN: join(at.directory, 'token'),
        NODE_COMPILE_CACHE: cache,
      })
  },
  async workerd(at) {
    const file = await configure(at, await bundleControl(at, 'workerd'))
    return async () => {
      const { url, pid, stop } = await startWorkerd(file, at.env, { 'kube-token': at.directory })
      return { url, pid, token: at.token, connectors: CONNECTORS, canWrite: true, stop: () => stop('SIGKILL') }
    }
  },
  async axum(at) {
    requireTool('cargo')
    const cargo = join(import.meta.dirname, 'controls', 'axum')
    const target = cachePath('axum')
    execFileSync('cargo', ['build', '--release', '--locked', '--quiet', '--target-dir', target], { cwd: cargo })
    return async () => {
      const env = { ...at.env, KUBE: at.kube.url, KUBE_CA: at.kube.caFile ?? '', TOKEN: join(at.directory, 'token') }
      return { ...(await control(at, [join(target, 'release', 'axum-control')], env)), canWrite: false }
    }
  },
  floor: async (at) => async () => {
    const program = join(import.meta.dirname, 'controls', 'floor.ts')
    const target = await control(at, [bunBinary(), program, at.kube.url, at.kube.caFile ?? ''], {})
    return { ...target, token: at.kube.token, connectors: KUBE_CONNECTORS, canWrite: false }
  },
}

async function product(at: Surroundings, command: string, ...args: string[]): Promise<Target> {
  const { url, pid, stop } = await startBinary({
    command,
    args,
    kube: at.kube.url,
    serviceAccount: at.directory,
    env: at.env,
  })
  return { url, pid, token: at.token, connectors: CONNECTORS, canWrite: true, stop: () => stop('SIGKILL') }
}

async function control(
  at: Surroundings,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Target> {
  const { url, pid, stop } = await startProcess({ command, args, env, stdio: ['ignore', 'pipe', 'pipe'], port: portOf })
  return { url, pid, token: at.token, connectors: CONNECTORS, canWrite: true, stop: () => stop('SIGKILL') }
}

function bundleControl({ built, directory }: Surroundings, name: string): Promise<string> {
  const main = join(import.meta.dirname, 'controls', `${name}.ts`)
  return bundleOneProcess({ built, main, out: join(directory, `${name}-bundle`) })
}

/** Writes a configuration of workerd with a bundle in one isolate. */
async function configure({ kube, env }: Surroundings, main: string): Promise<string> {
  const bundle = dirname(main)
  const files = (await readdir(bundle)).sort((a, b) => Number(b === basename(main)) - Number(a === basename(main)))
  const address = new URL(kube.url).host
  const services = {
    kube:
      kube.caFile === undefined
        ? `external = (address = "${address}", http = ())`
        : `external = (address = "${address}", https = (options = (), certificateHost = "kubernetes.default.svc", ` +
          `tlsOptions = (trustedCertificates = [${JSON.stringify(await readFile(kube.caFile, 'utf8'))}])))`,
    'kube-token': 'disk = (path = "/")',
    oidc: 'network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))',
    nowhere: 'network = (allow = [])',
  }
  const settings = Object.keys(env).map((name) => `(name = "${name}", fromEnvironment = "${name}")`)
  const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "all", worker = .all), ${Object.entries(services).map(([name, text]) => `(name = "${name}", ${text})`)}],
  sockets = [(name = "http", address = "*:8080", http = (), service = "all")],
);
const all :Workerd.Worker = (
  modules = [${files.map((file) => `(name = "${file}", ${file.endsWith('.js') ? 'esModule' : 'text'} = embed "${file}")`)}],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [
    (name = "KUBE", service = "kube"), (name = "KUBE_TOKEN", service = "kube-token"), (name = "OIDC", service = "oidc"), ${settings}
  ],
  globalOutbound = "nowhere",
);`
  const file = join(bundle, 'one.capnp')
  await writeFile(file, text)
  return file
}
