/**
 * Reading the log of a pod: a part of its own, loaded when a log is first asked for.
 * @module
 */

import { Problem } from '../../http/problem.ts'
import { invalidQuery, readQuery, wholeNumber } from '../../http/query.ts'
import type { KubeObject } from '../../kind/object.ts'
import { isLabel, isLabelValue, isObjectName, LABEL_RULE, OBJECT_NAME_RULE } from '../../kube/index.ts'
import { pause } from '../../runtime/pause.ts'
import type { Call } from '../../server/call.ts'
import { warn } from '../../server/warnings.ts'
import { ACCESS_CHECK_MS } from '../access-check.ts'
import type { Resource } from '../declaration.ts'
import { placeOf } from '../locate.ts'
import { covers, type Place } from '../place.ts'

/** Lines that are shown unless `tail` says otherwise. */
export const DEFAULT_TAIL = 200
/** Lines that can be asked for. */
export const MAX_TAIL = 5000
/** Seconds that can be looked back. */
export const MAX_SINCE_SECONDS = 30 * 24 * 3600
/** Bytes of an answer that does not follow. */
const MAX_BYTES = 8 * 1024 * 1024
/** Milliseconds after which an answer that follows ends: Knative cuts it off at five minutes. */
const FOLLOW_MS = 290_000

const LOG_QUERY = ['pod', 'container', 'tail', 'since', 'follow'] as const

/** What is read of a core v1 Pod. */
interface Pod {
  readonly metadata: {
    readonly name: string
    readonly creationTimestamp?: string
    readonly annotations?: Record<string, string>
  }
  readonly spec?: { readonly containers?: readonly { readonly name: string }[] }
  readonly status?: { readonly phase?: string }
}

/**
 * The log of one pod of a workload, as plain text.
 * @param object - The workload; its pods carry its name as `app.kubernetes.io/instance`
 * @throws {Problem} `not_found` without such a pod or container, `invalid_request` for what cannot be the name of one
 */
export async function logStream(call: Call, place: Place, object: KubeObject, resource: Resource): Promise<Response> {
  const query = readQuery(call.url, LOG_QUERY)
  const tail = wholeNumber('tail', query.tail ?? String(DEFAULT_TAIL), 0, MAX_TAIL)
  const since = query.since === undefined ? undefined : wholeNumber('since', query.since, 1, MAX_SINCE_SECONDS)
  if (query.follow !== undefined && query.follow !== 'true') throw invalidQuery('follow', 'must be true')
  const follow = query.follow === 'true'
  if (query.pod !== undefined && !isObjectName(query.pod)) throw invalidQuery('pod', OBJECT_NAME_RULE)
  if (query.container !== undefined && !isLabel(query.container)) throw invalidQuery('container', LABEL_RULE)
  const pod = choosePod(call, await podsOf(call, place.namespace, object.metadata.name ?? ''), query.pod)
  const response = await call.kube.send({
    verb: 'get',
    group: '',
    version: 'v1',
    plural: 'pods',
    namespace: place.namespace,
    name: pod.metadata.name,
    subresource: 'log',
    isStream: follow,
    query: {
      container: chooseContainer(pod, query.container),
      tailLines: String(tail),
      sinceSeconds: since === undefined ? undefined : String(since),
      ...(follow ? { follow: 'true' } : { limitBytes: String(MAX_BYTES) }),
    },
  })
  const isAllowed = async (): Promise<boolean> => covers(await placeOf(call, resource, 'logs'), resource, object, false)
  const body = follow && response.body !== null ? whileAllowed(call, response.body, isAllowed) : response.body
  return new Response(body, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
}

async function podsOf(call: Call, namespace: string, instance: string): Promise<Pod[]> {
  if (!isLabelValue(instance)) return []
  return Array.fromAsync(
    call.kube.each<Pod>({
      group: '',
      version: 'v1',
      plural: 'pods',
      namespace,
      labelSelector: `app.kubernetes.io/instance=${instance}`,
    }),
  )
}

function choosePod(call: Call, pods: readonly Pod[], name: string | undefined): Pod {
  const names = pods.map(({ metadata }) => metadata.name).sort()
  if (name !== undefined) {
    const pod = pods.find(({ metadata }) => metadata.name === name)
    if (pod !== undefined) return pod
    const others = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
    throw new Problem('not_found', `It has no pod of this name; ${others}.`)
  }
  const [pod] = [...pods].sort((a, b) => rank(b) - rank(a) || age(b) - age(a))
  if (pod === undefined) throw new Problem('not_found', 'There is no pod whose log could be read.')
  if (names.length > 1) {
    const others = names.filter((other) => other !== pod.metadata.name).join(', ')
    warn(call, `This is the log of ${pod.metadata.name}; others are ${others}`)
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
  const names = (spec?.containers ?? []).map((container) => container.name)
  if (name === undefined) {
    const byDefault = metadata.annotations?.['kubectl.kubernetes.io/default-container']
    return byDefault !== undefined && names.includes(byDefault) ? byDefault : names[0]
  }
  if (names.includes(name)) return name
  throw new Problem('not_found', `The pod has no container of this name; there are ${names.join(', ')}.`)
}

/**
 * A stream that ends properly before somebody cuts it off, when the token expires, and when the caller may not read it any more.
 * @param isAllowed - Looks anew; what it throws ends the stream as well
 */
function whileAllowed(
  call: Call,
  body: ReadableStream<Uint8Array>,
  isAllowed: () => Promise<boolean>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const over = new AbortController()
  const end = Math.min(Date.now() + FOLLOW_MS, call.principal.expiresAt * 1000)
  const allowed = async (): Promise<void> => {
    for (let left = end - Date.now(); left > 0; left = end - Date.now()) {
      await pause(Math.min(ACCESS_CHECK_MS, left), over.signal)
      if (!(await isAllowed())) return
    }
  }
  const checked = allowed()
    .catch(() => undefined)
    .finally(() => over.abort())
  const relayed = body
    .pipeTo(writable, { signal: over.signal, preventAbort: true })
    .catch(() => writable.close())
    // The client has left.
    .catch(() => undefined)
    .finally(() => over.abort())
  call.ctx.waitUntil(Promise.all([checked, relayed]))
  return readable
}
