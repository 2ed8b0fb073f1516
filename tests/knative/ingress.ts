/**
 * A small ingress for Knative: reads its Ingress objects, forwards by host and traffic split to the activator with the headers
 * that a split names, and marks the objects ready.
 * @see {@link https://pkg.go.dev/knative.dev/networking/pkg/apis/networking/v1alpha1#Ingress}
 */
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kube } from '../cluster/harness/kube.ts'

/** Milliseconds between looks at the Ingress objects. */
const POLL_MS = 150
const INGRESSES = '/apis/networking.internal.knative.dev/v1alpha1/ingresses'
/** Namespace and name of the Service by which pods reach it. */
const NAMESPACE = 'knative-ingress'
const NAME = 'ingress'

interface Split {
  readonly percent?: number
  readonly appendHeaders?: Readonly<Record<string, string>>
}
interface Path {
  readonly headers?: Readonly<Record<string, { readonly exact: string }>>
  readonly splits: readonly Split[]
}
interface IngressObject {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly generation: number }
  readonly spec: {
    readonly rules?: readonly { readonly hosts?: readonly string[]; readonly http: { paths: Path[] } }[]
  }
  readonly status?: { readonly observedGeneration?: number }
}

/** How to start it. */
export interface IngressOptions {
  readonly kube: Kube
  /** Address that pods reach. */
  readonly address: string
  /** Host that all requests from outside are for. */
  readonly entry: string
}

/** The running ingress. */
export interface Ingress {
  /** `http://127.0.0.1:<port>`: where clients outside the cluster come in. */
  readonly url: string
  /** How many requests a revision has been given. */
  requestsOf(revision: string): number
  stop(): Promise<void>
}

/** Starts it: on loopback for clients, on `address` for pods. */
export async function startIngress({ kube, address, entry }: IngressOptions): Promise<Ingress> {
  const { spec } = await kube.json<{ spec: { clusterIP: string } }>(
    'GET',
    '/api/v1/namespaces/knative-serving/services/activator-service',
  )
  const agent = new Agent({ keepAlive: true })
  const counts = new Map<string, number>()
  let paths: ReadonlyMap<string, readonly Path[]> = new Map()

  const forward = (incoming: IncomingMessage, answer: ServerResponse, host: string): void => {
    const split = choose(paths.get(host.replace(/:\d+$/, '')), incoming)
    if (split === undefined) return void answer.writeHead(404).end()
    const { 'Knative-Serving-Revision': revision = '' } = split.appendHeaders ?? {}
    counts.set(revision, (counts.get(revision) ?? 0) + 1)
    pass(incoming, answer, {
      host: spec.clusterIP,
      headers: { ...incoming.headers, host, ...split.appendHeaders },
      agent,
    })
  }
  const outside = createServer((incoming, answer) => forward(incoming, answer, entry))
  const inside = createServer((incoming, answer) => forward(incoming, answer, incoming.headers.host ?? ''))
  const url = `http://127.0.0.1:${await listen(outside, '127.0.0.1')}`
  await exposeToPods(kube, NAMESPACE, NAME, address, await listen(inside, address))

  const stopped = new AbortController()
  const following = follow(kube, stopped.signal, (all) => {
    paths = new Map(
      all.flatMap(({ spec: { rules = [] } }) =>
        rules.flatMap(({ hosts = [], http }) => hosts.map((host): [string, Path[]] => [host, http.paths])),
      ),
    )
  })
  return {
    url,
    requestsOf: (revision) => counts.get(revision) ?? 0,
    async stop() {
      stopped.abort()
      await following
      for (const server of [outside, inside]) server.close().closeAllConnections()
      agent.destroy()
    },
  }
}

/** The split of a request: by its headers first, then by the shares, which a random number falls into. */
function choose(paths: readonly Path[] | undefined, { headers }: IncomingMessage): Split | undefined {
  const path = paths?.find((one) =>
    Object.entries(one.headers ?? {}).every(([name, { exact }]) => headers[name.toLowerCase()] === exact),
  )
  let at = Math.random() * 100
  return path?.splits.find(({ percent = 100 }) => {
    at -= percent
    return at < 0
  })
}

/** Where a request goes. */
interface Target {
  readonly host: string
  readonly port?: number
  readonly headers: IncomingMessage['headers']
  readonly agent: Agent
}

/** Forwards a request and its answer as streams; either end closes both. `Connection` is about one connection only. */
export function pass(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { host, port = 80, headers: { connection: _, ...headers }, agent }: Target,
): void {
  const outgoing = request({ host, port, headers, agent, method: incoming.method, path: incoming.url })
  outgoing.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
    response.on('error', () => answer.destroy())
  })
  outgoing.on('error', (error) => {
    // Whoever answers before it has read everything may close the way in: the answer is whole all the same.
    if (!answer.headersSent) answer.writeHead(502, { 'Content-Type': 'text/plain' }).end(`ingress: ${error.message}`)
  })
  answer.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}

/** Listens on any free port and gives it. */
export async function listen(server: Server, address: string): Promise<number> {
  // Like other ingresses: the side that pools a connection closes it first.
  server.keepAliveTimeout = 600_000
  server.listen(0, address)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Makes a server of this machine a Service of the cluster, on port 80. */
export async function exposeToPods(
  kube: Kube,
  namespace: string,
  name: string,
  address: string,
  port: number,
): Promise<void> {
  await apply(kube, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await apply(kube, `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ name: 'http', port: 80, targetPort: port }] },
  })
  await apply(kube, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  })
}

/** Applies an object, whether it is there or not. */
export async function apply(
  kube: Kube,
  collection: string,
  object: {
    readonly metadata: { readonly name: string; readonly [field: string]: unknown }
    readonly [field: string]: unknown
  },
): Promise<void> {
  const path = `${collection}/${object.metadata.name}?fieldManager=test&force=true`
  await kube.json('PATCH', path, JSON.stringify(object), 'application/apply-patch+yaml')
}

async function follow(kube: Kube, signal: AbortSignal, update: (all: readonly IngressObject[]) => void): Promise<void> {
  while (!signal.aborted) {
    const { items } = await kube.json<{ items: IngressObject[] }>('GET', INGRESSES)
    update(items)
    for (const object of items) {
      if (object.status?.observedGeneration !== object.metadata.generation) await markReady(kube, object)
    }
    await sleep(POLL_MS)
  }
}

/** By now every request is answered as the object says. */
async function markReady(kube: Kube, { metadata: { namespace, name, generation } }: IngressObject): Promise<void> {
  const path = `/apis/networking.internal.knative.dev/v1alpha1/namespaces/${namespace}/ingresses/${name}/status`
  const loadBalancer = { ingress: [{ domainInternal: `${NAME}.${NAMESPACE}.svc.cluster.local` }] }
  const lastTransitionTime = new Date().toISOString()
  const status = {
    observedGeneration: generation,
    conditions: ['LoadBalancerReady', 'NetworkConfigured', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime,
    })),
    publicLoadBalancer: loadBalancer,
    privateLoadBalancer: loadBalancer,
  }
  // Gone, or changed since: the next look will tell.
  await kube.request('PATCH', path, { status }, 'application/merge-patch+json')
}
