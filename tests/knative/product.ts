/**
 * The whole product on a node with Knative: CRDs, seed, the stand-in for the operators, an issuer and the deployed functions.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { PROJECT } from '../../infra/bundle/project.ts'
import { AUDIENCE, CLI_CLIENT, CONSOLE_CLIENT, DEMO_POLICY } from '../../infra/local/issuer/identities.ts'
import { startIssuer } from '../../infra/local/issuer/index.ts'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { startOperators } from '../../infra/local/operators/index.ts'
import { seed } from '../../infra/local/seed.ts'
import { installCrds } from '../cluster/harness/crds.ts'
import { startKeycloak } from '../cluster/harness/keycloak.ts'
import { createKube, type Kube } from '../cluster/harness/kube.ts'
import { removeScratch, scratchDirectory } from '../cluster/harness/processes.ts'
import { exposeToPods, type Ingress, listen, pass, startIngress } from './ingress.ts'
import { type Node, startNode } from './node.ts'

const run = promisify(execFile)

/** Namespace of the installation. */
export const NAMESPACE = 'kaphera-cloud-server'
/** Images of this registry are taken as they are, by tag. */
export const IMAGE = 'dev.local/kaphera-cloud-server'

/** What a release is built from. */
const PARTS = [
  'functions',
  'shared',
  'infra',
  'build.mjs',
  'wrangler.toml',
  'package.json',
  'package-lock.json',
  'LICENSE',
]

/** How a deploy command ended. */
export interface Deployed {
  readonly code: number | null
  readonly output: string
  readonly seconds: number
}

/** Sources of a release. */
export interface Release {
  readonly directory: string
  readonly tag: string
}

/** The installed product. */
export interface Product {
  readonly node: Node
  readonly kube: Kube
  readonly ingress: Ingress
  /** YAML file of the values, without the image. */
  readonly values: string
  /** An access token of a demo user. */
  tokenOf(name: string): Promise<string>
  /** Builds the image of a copy of the sources and gives it to the node. */
  release(sources: Release): Promise<void>
  /** Runs `npm run deploy` of a copy of the sources and waits for its end. */
  deploy(sources: Release, ...args: readonly string[]): Promise<Deployed>
  /** Starts it; each line that it prints goes to `onLine`. */
  startDeploy(sources: Release, args: readonly string[], onLine: (line: string) => void): ChildProcess
  stop(): Promise<void>
}

/** A modifiable copy of the project, for a separate release. */
export class Sources implements Release {
  readonly directory: string
  readonly tag: string

  constructor(tag: string) {
    this.tag = tag
    this.directory = scratchDirectory(`release-${tag}`)
    for (const part of PARTS) {
      cpSync(join(PROJECT, part), join(this.directory, part), { recursive: true })
    }
    for (const part of ['node_modules', 'tests', 'tsconfig.json']) {
      symlinkSync(join(PROJECT, part), join(this.directory, part))
    }
  }

  /** Adds a line to a function. */
  add(name: string, line: string): void {
    const file = join(this.directory, 'functions', `${name}.ts`)
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n${line}\n`)
  }

  remove(): void {
    removeScratch(this.directory)
  }
}

/** Checks out an earlier commit, with its packages, as a release with the tag of the commit. */
export async function checkOut(commit: string): Promise<Release & { remove(): void }> {
  const directory = scratchDirectory(`release-${commit}`)
  const archive = await run('git', ['archive', commit], { cwd: PROJECT, encoding: 'buffer', maxBuffer: 2 ** 28 })
  const extracting = run('tar', ['-x'], { cwd: directory })
  extracting.child.stdin?.end(archive.stdout)
  await extracting
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory })
  return { directory, tag: commit, remove: () => removeScratch(directory) }
}

/** A running issuer of the demo users. */
export interface DemoIssuer {
  readonly issuer: string
  tokenOf(name: string): Promise<string>
  stop(): Promise<void>
}

/** Starts the issuer of `npm start`, for what does not depend on Keycloak. */
export async function startLocalIssuer(): Promise<DemoIssuer> {
  const { url, close } = await startIssuer()
  return { issuer: url, tokenOf: (name) => demoToken(url, name), stop: close }
}

/**
 * Starts everything but the functions: {@link Product.deploy} installs them.
 * @param startIssuer - Starts the issuer (default: Keycloak)
 */
export async function startProduct(startIssuer: () => Promise<DemoIssuer> = startKeycloak): Promise<Product> {
  const ends: (() => unknown)[] = []
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const node = await startNode()
    ends.push(() => node.stop())
    const kube = createKube(node.access)
    await installCrds(kube)
    const access = { url: node.access.url, token: node.access.token, ca: readFileSync(node.access.caFile, 'utf8') }
    await seed(access)
    const operators = startOperators({ ...access, speed: 8 })
    ends.push(() => operators.stop())
    const issuer = await startIssuer()
    ends.push(() => issuer.stop())
    ends.push(await exposeIssuer(kube, node.address, issuer.issuer))
    const entry = `gateway.${NAMESPACE}.${await domain(kube)}`
    const ingress = await startIngress({ kube, address: node.address, entry })
    ends.push(() => ingress.stop())
    const values = writeValues(ingress.url, issuer.issuer)
    ends.push(() => removeScratch(values.directory))

    const start = (sources: Release, args: readonly string[], onLine: (line: string) => void): ChildProcess => {
      const child = spawn(
        process.execPath,
        ['infra/knative/deploy/main.ts', '--values', values.file, '--set', `image=${IMAGE}:${sources.tag}`, ...args],
        {
          cwd: sources.directory,
          env: { ...process.env, KUBECONFIG: node.kubeconfig },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine)
      return child
    }
    return {
      node,
      kube,
      ingress,
      values: values.file,
      tokenOf: issuer.tokenOf,
      startDeploy: start,
      async release(sources) {
        const args = ['infra/container/image.ts', '--name', `${IMAGE}:${sources.tag}`]
        const child = spawn(process.execPath, args, { cwd: sources.directory, stdio: 'inherit' })
        const [code] = await once(child, 'close')
        if (code !== 0) throw new Error(`the image of release ${sources.tag} was not built`)
        const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
        await node.importImages(join(sources.directory, 'dist', 'image', `${arch}.tar`))
      },
      async deploy(sources, ...args) {
        const started = performance.now()
        const lines: string[] = []
        const [code] = await once(
          start(sources, args, (line) => lines.push(line)),
          'close',
        )
        return { code, output: lines.join('\n'), seconds: (performance.now() - started) / 1000 }
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Makes the issuer, which is on loopback and known by that name, a Service of the cluster. */
async function exposeIssuer(kube: Kube, address: string, issuer: string): Promise<() => void> {
  const { hostname, port, host } = new URL(issuer)
  const agent = new Agent({ keepAlive: true })
  const server = createServer((incoming, answer) =>
    pass(incoming, answer, { host: hostname, port: Number(port), headers: { ...incoming.headers, host }, agent }),
  )
  await exposeToPods(kube, 'identity', 'issuer', address, await listen(server, address))
  return () => {
    server.close().closeAllConnections()
    agent.destroy()
  }
}

/** Domain that Knative gives to what is visible from outside. */
async function domain(kube: Kube): Promise<string> {
  const { data } = await kube.json<{ data: Record<string, string> }>(
    'GET',
    '/api/v1/namespaces/knative-serving/configmaps/config-domain',
  )
  const name = Object.keys(data).find((key) => !key.startsWith('_'))
  if (name === undefined) throw new Error('config-domain of Knative names no domain')
  return name
}

function writeValues(publicUrl: string, issuer: string): { directory: string; file: string } {
  const directory = scratchDirectory('values')
  const file = join(directory, 'values.yaml')
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  const values = {
    namespace: NAMESPACE,
    imagePullPolicy: 'Never',
    publicUrl,
    oidc: {
      issuer,
      audience: AUDIENCE,
      discoveryUrl: `http://issuer.identity.svc.cluster.local${path}/.well-known/openid-configuration`,
      cliClientId: CLI_CLIENT,
      consoleClientId: CONSOLE_CLIENT,
    },
    authPolicy: JSON.stringify(DEMO_POLICY),
    // Two processors hold all functions.
    resources: { requests: { cpu: '10m', memory: '48Mi' } },
  }
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(values))
  return { directory, file }
}

/** The name of the revision that a function's Service names in its template. */
export async function templateOf(kube: Kube, name: string): Promise<string> {
  const service = await kube.json<{ spec: { template: { metadata: { name: string } } } }>('GET', servicePath(name))
  return service.spec.template.metadata.name
}

/** Path of a function's Service. */
export function servicePath(name: string): string {
  return `/apis/serving.knative.dev/v1/namespaces/${NAMESPACE}/services/${name}`
}

/** All revisions by name, sorted. */
export async function revisions(kube: Kube): Promise<string[]> {
  const path = `/apis/serving.knative.dev/v1/namespaces/${NAMESPACE}/revisions`
  const { items } = await kube.json<{ items: { metadata: { name: string } }[] }>('GET', path)
  return items.map(({ metadata }) => metadata.name).sort()
}
