/**
 * Reads the log of a pod. Loaded with the first request for a log.
 */

import { inPieces } from '../../http/in-pieces.ts'
import { Problem } from '../../http/problem.ts'
import { invalidQuery, readFlag, readQuery, wholeNumber } from '../../http/query.ts'
import type { KubeObject } from '../../kind/object.ts'
import { fieldOf } from '../../kind/paths.ts'
import { isLabel, isLabelValue, isObjectName, LABEL_RULE, OBJECT_NAME_RULE, PODS } from '../../kube/index.ts'
import { pause } from '../../runtime/pause.ts'
import type { Call } from '../../server/call.ts'
import { untilStreamEnds } from '../../server/stream-end.ts'
import { unreadOf } from '../../server/unread.ts'
import { warn } from '../../server/warnings.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { ACCESS_CHECK_MS } from '../locate.ts'
import { PARTICIPANT_LABEL } from '../server-metadata.ts'

/** Number of lines without `tail`. */
export const DEFAULT_TAIL = 200
/** Largest value of `tail`. */
export const MAX_TAIL = 5000
/** Largest value of `since`, in seconds. */
export const MAX_SINCE_SECONDS = 30 * 24 * 3600
/** Maximum number of bytes of an answer without `follow`. */
const MAX_BYTES = 8 * 1024 * 1024
/** Milliseconds after which an answer with `follow` ends. Knative would end it after five minutes. */
const FOLLOW_MS = 290_000

const LOG_QUERY = ['pod', 'container', 'tail', 'since', 'follow', 'previous', 'timestamps'] as const

/** The parts of a core v1 Pod that are read. */
interface Pod {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp?: string
    readonly annotations?: Record<string, string>
  }
  readonly spec?: {
    readonly containers?: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly ephemeralContainers?: readonly Container[]
  }
  readonly status?: {
    readonly phase?: string
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  }
}

interface Container {
  readonly name: string
}

interface ContainerStatus {
  readonly name: string
  readonly state?: { readonly waiting?: { readonly reason?: string } }
  readonly lastState?: { readonly terminated?: object }
}

/**
 * The log of one pod of a workload, as plain text.
 * @param object - The workload; its pods carry its name as `app.kubernetes.io/instance`, and that of its participant as
 *   `cloud.kaphera.com/participant`
 * @throws {Problem} `not_found` if there is no such pod, container or log, `invalid_request` if a parameter is malformed
 */
export async function logStream(collection: Collection<Resource>, object: KubeObject): Promise<Response> {
  const { call, kube, namespace } = collection
  const query = readQuery(call.url, LOG_QUERY)
  const tail = wholeNumber('tail', query.tail ?? String(DEFAULT_TAIL), 0, MAX_TAIL)
  const since = query.since === undefined ? undefined : wholeNumber('since', query.since, 1, MAX_SINCE_SECONDS)
  const follow = readFlag('follow', query.follow)
  const previous = readFlag('previous', query.previous)
  const timestamps = readFlag('timestamps', query.timestamps)
  if (query.pod !== undefined && !isObjectName(query.pod)) throw invalidQuery('pod', OBJECT_NAME_RULE)
  if (query.container !== undefined && !isLabel(query.container)) throw invalidQuery('container', LABEL_RULE)
  const pod = choosePod(call, await podsOf(collection, object), query.pod)
  const container = chooseContainer(pod, query.container)
  refuseWithoutLog(pod, container, previous)
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' }
  // Nobody would read the stream, nor end it.
  if (call.request.method === 'HEAD') return new Response(null, { headers })
  const response = await kube.send({
    ...PODS,
    verb: 'get',
    namespace,
    name: pod.metadata.name,
    subresource: 'log',
    // Passed on as it arrives, at the pace of the client.
    isStream: true,
    query: {
      container,
      tailLines: String(tail),
      sinceSeconds: since === undefined ? undefined : String(since),
      previous: previous ? 'true' : undefined,
      timestamps: timestamps ? 'true' : undefined,
      ...(follow ? { follow: 'true' } : { limitBytes: String(MAX_BYTES) }),
    },
  })
  const isAllowed = async (): Promise<boolean> => (await collection.refresh()).covers(object)
  // Even without `follow` a slow client can take minutes.
  const body = response.body === null ? null : whileAllowed(call, response.body, isAllowed)
  return inPieces(call.request, new Response(body, { headers }), () => undefined, unreadOf(call, 'streams'))
}

/**
 * The pods of a workload. Workloads of two kinds can have one name, so a caller whose grant is limited to participants gets only pods
 * that operators have labeled with the workload's participant, or without one if the workload has none.
 */
async function podsOf(
  { kube, namespace, participants, resource }: Collection<Resource>,
  object: KubeObject,
): Promise<Pod[]> {
  const instance = object.metadata.name ?? ''
  const participant = resource.participant === undefined ? undefined : String(fieldOf(object, resource.participant))
  if (!isLabelValue(instance) || (participant !== undefined && !isLabelValue(participant))) return []
  const labels = [`app.kubernetes.io/instance=${instance}`]
  if (participants !== undefined) {
    labels.push(participant === undefined ? `!${PARTICIPANT_LABEL}` : `${PARTICIPANT_LABEL}=${participant}`)
  }
  return Array.fromAsync(kube.objects<Pod>(PODS, namespace).each({ labelSelector: labels.join() }))
}

function choosePod(call: Call, pods: readonly Pod[], name: string | undefined): Pod {
  const names = pods.map(({ metadata }) => metadata.name).sort()
  if (name !== undefined) {
    const pod = pods.find(({ metadata }) => metadata.name === name)
    if (pod !== undefined) return pod
    const others = names.length === 0 ? 'it has none' : `its pods are ${names.join(', ')}`
    throw new Problem('not_found', `The workload has no pod of this name; ${others}.`)
  }
  const [pod] = [...pods].sort((a, b) => rank(b) - rank(a) || age(b) - age(a))
  if (pod === undefined) throw new Problem('not_found', 'The workload has no pods, so it has no log.')
  if (names.length > 1) {
    const others = names.filter((other) => other !== pod.metadata.name).join(', ')
    warn(call, `This is the log of the pod ${pod.metadata.name}; the other pods are ${others}`)
  }
  return pod
}

function rank({ status }: Pod): number {
  return status?.phase === 'Running' ? 1 : 0
}

function age({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0
}

function chooseContainer({ metadata, spec }: Pod, name: string | undefined): string | undefined {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec ?? {}
  const names = [...containers, ...initContainers, ...ephemeralContainers].map((container) => container.name)
  if (name === undefined) {
    const byDefault = metadata.annotations?.['kubectl.kubernetes.io/default-container']
    return byDefault !== undefined && names.includes(byDefault) ? byDefault : names[0]
  }
  if (names.includes(name)) return name
  throw new Problem('not_found', `The pod has no container of this name; its containers are ${names.join(', ')}.`)
}

/**
 * Refuses what the kubelet would refuse without a reason that can be relayed.
 * @throws {Problem} `not_found` if the container has not started, or has not been restarted
 */
function refuseWithoutLog({ status }: Pod, container: string | undefined, isPrevious: boolean): void {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {}
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses]
  const { state, lastState } = statuses.find(({ name }) => name === container) ?? {}
  if (lastState?.terminated !== undefined) return
  if (isPrevious) {
    throw new Problem('not_found', `The container ${container} has not been restarted, so it has no previous log.`)
  }
  if (state?.waiting === undefined) return
  const reason = /^\w{1,64}$/.test(state.waiting.reason ?? '') ? ` (${state.waiting.reason})` : ''
  throw new Problem('not_found', `The container ${container} has not started${reason}, so it has no log.`)
}

/**
 * Ends a stream after {@link FOLLOW_MS}, when the token expires, or when the caller may no longer read it.
 * @param isAllowed - Checks again; an error also ends the stream
 */
function whileAllowed(
  call: Call,
  body: ReadableStream<Uint8Array>,
  isAllowed: () => Promise<boolean>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      await call.slices?.event(chunk.byteLength)
      controller.enqueue(chunk)
    },
  })
  const over = new AbortController()
  const allowed = async (): Promise<void> => {
    do await pause(ACCESS_CHECK_MS, over.signal)
    while (await isAllowed())
  }
  const checked = Promise.race([allowed(), untilStreamEnds(call, Date.now() + FOLLOW_MS, over.signal)])
    .catch(() => undefined)
    .finally(() => over.abort())
  const relayed = body
    .pipeTo(writable, { signal: over.signal, preventAbort: true })
    .catch(() => writable.close())
    // The client has disconnected.
    .catch(() => undefined)
    .finally(() => over.abort())
  call.ctx.waitUntil(Promise.all([checked, relayed]))
  return readable
}
