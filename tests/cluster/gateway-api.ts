/**
 * `node tests/cluster/gateway-api.ts TRAEFIK ADDRESS` runs the contract suite through HTTPRoutes in front of the real API server.
 * TRAEFIK is the executable of Traefik, an implementation of Gateway API that needs no cluster of its own. ADDRESS is an address of
 * this machine outside loopback, since endpoints cannot be on loopback; it should not be reachable from outside. Functions are
 * separate processes, and a stand-in for Knative's ingress finds them by host.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { render } from '../../infra/knative/render.ts'
import { readValues } from '../../infra/knative/values.ts'
import { AUDIENCE } from '../../infra/local/issuer/identities.ts'
import { startOperators } from '../../infra/local/operators/index.ts'
import { seed } from '../../infra/local/seed.ts'
import { apply, exposeToPods, listen, pass } from '../knative/ingress.ts'
import { moduleDirectory } from '../knative/modules.ts'
import { installCrds } from './harness/crds.ts'
import { NAMESPACE, type Preparation, prepareFunctions } from './harness/function-processes.ts'
import type { Kube } from './harness/kube.ts'
import { type OwnCluster, startOwnCluster } from './harness/own-cluster.ts'
import { freePort } from './harness/ports.ts'
import { scratchDirectory, waitFor } from './harness/processes.ts'
import { runVitest } from './harness/vitest-run.ts'

/** Namespace and name of the Service of the ingress. */
const INGRESS = 'ingress'
/** Milliseconds until the routes are in effect. */
const READY_MS = 60_000

async function main(traefik: string | undefined, address: string | undefined): Promise<number> {
  if (traefik === undefined || address === undefined) {
    throw new Error('usage: node tests/cluster/gateway-api.ts TRAEFIK ADDRESS')
  }
  const ends: (() => unknown)[] = []
  try {
    const port = await freePort()
    const publicUrl = `http://localhost:${port}`
    const cluster = await startOwnCluster()
    ends.push(() => cluster.stop())
    const kube = cluster.apiServer.admin
    await seed(cluster.access)
    await installCrds(kube, join(await moduleDirectory('gatewayApi'), 'config', 'crd', 'standard'))
    const operators = startOperators({ ...cluster.access, speed: 8 })
    ends.push(() => operators.stop())
    const prepared = await prepareFunctions(cluster.apiServer, cluster.issuer, scratchDirectory('gateway-api'), {
      PUBLIC_URL: publicUrl,
    })
    for (const { name, start } of prepared.functions.values()) {
      if (name === 'gateway') continue
      const server = await start()
      ends.push(() => server.stop('SIGKILL'))
    }
    const ingress = ingressOf(prepared)
    await exposeToPods(kube, INGRESS, INGRESS, address, await listen(ingress, address))
    ends.push(() => ingress.close().closeAllConnections())
    await installRoutes(kube, prepared, cluster, publicUrl)
    ends.push(startTraefik(traefik, cluster, port))
    await waitFor(async () => ((await isRouted(publicUrl)) ? true : undefined), {
      what: 'requests are routed',
      timeoutMs: READY_MS,
    })
    const { passed, failed } = await runVitest(['contract'], { CONTRACT_URL: publicUrl })
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0 && passed > 0 ? 0 : 1
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** Finds functions by the first label of the host, like the ingress of Knative. */
function ingressOf({ functions }: Preparation): Server {
  const agent = new Agent({ keepAlive: true })
  const server = createServer((incoming, answer) => {
    const [name = '', namespace] = incoming.headers.host?.split('.') ?? []
    const port = namespace === NAMESPACE ? functions.get(name)?.port : undefined
    if (port === undefined) return void answer.writeHead(404).end()
    pass(incoming, answer, { host: '127.0.0.1', port, headers: incoming.headers, agent })
  })
  return server.on('close', () => agent.destroy())
}

/** Installs a Gateway and the rendered routes. */
async function installRoutes(kube: Kube, { build }: Preparation, { issuer }: OwnCluster, publicUrl: string) {
  const apiVersion = 'gateway.networking.k8s.io/v1'
  await apply(kube, `/apis/${apiVersion}/gatewayclasses`, {
    apiVersion,
    kind: 'GatewayClass',
    metadata: { name: 'traefik' },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  })
  await apply(kube, `/apis/${apiVersion}/namespaces/${NAMESPACE}/gateways`, {
    apiVersion,
    kind: 'Gateway',
    metadata: { name: 'gateway' },
    spec: {
      gatewayClassName: 'traefik',
      listeners: [{ name: 'http', protocol: 'HTTP', port: Number(new URL(publicUrl).port) }],
    },
  })
  const values = await readValues(
    [],
    [
      'image=none:1',
      'entry=httproute',
      `namespace=${NAMESPACE}`,
      `publicUrl=${publicUrl}`,
      `oidc.issuer=${issuer}`,
      `oidc.audience=${AUDIENCE}`,
      `gateway.backend.name=${INGRESS}`,
      `gateway.backend.namespace=${INGRESS}`,
    ],
  )
  for (const object of render(build, values, 'knative')) {
    const { kind, metadata } = object
    if (!object.apiVersion.startsWith('gateway.networking.k8s.io/')) continue
    await apply(kube, `/apis/${object.apiVersion}/namespaces/${metadata.namespace}/${kind.toLowerCase()}s`, object)
  }
}

/** Starts it on loopback. @returns Stops it */
function startTraefik(command: string, { access, apiServer }: OwnCluster, port: number): () => Promise<unknown> {
  const provider = '--providers.kubernetesgateway'
  const child = spawn(
    command,
    [
      `${provider}=true`,
      `${provider}.endpoint=${access.url}`,
      `${provider}.token=${access.token}`,
      `${provider}.certauthfilepath=${apiServer.certificates.caFile}`,
      `--entrypoints.web.address=127.0.0.1:${port}`,
      // Paths must arrive unchanged.
      '--entrypoints.web.http.sanitizepath=false',
      '--global.checknewversion=false',
    ],
    { stdio: 'inherit' },
  )
  return async () => {
    const exited = once(child, 'exit')
    child.kill()
    await exited
  }
}

async function isRouted(url: string): Promise<boolean> {
  const response = await fetch(`${url}/capabilities`).catch(() => undefined)
  return response?.status === 200
}

process.exitCode = await main(process.argv[2], process.argv[3])
