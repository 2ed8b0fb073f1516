/**
 * `events`: the Kubernetes events of an object.
 */

import { MAX_LIMIT, pageSize } from '../../http/page-size.ts'
import { readQuery } from '../../http/query.ts'
import { EVENTS } from '../../kube/index.ts'
import type { View } from '../declaration.ts'
import { answer, itemsSchema } from './answer.ts'

/** The parts of a core v1 Event that are read. */
export interface KubeEvent {
  readonly metadata: { readonly creationTimestamp?: string }
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string }
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
}

/**
 * The events of an object, newest first. A cluster keeps them for an hour by default.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/}
 */
export const events: View = {
  summary: 'Events of the object, newest first',
  query: ['limit'],
  rbac: [{ apiGroups: [''], resources: ['events'], verbs: ['list'] }],
  async show({ call, kube, namespace }, object) {
    const count = pageSize(readQuery(call.url, ['limit']).limit)
    // The uid excludes events of an earlier object with the same name.
    const fieldSelector = `involvedObject.uid=${object.metadata.uid}`
    let newest: EventDescription[] = []
    for await (const event of kube.objects<KubeEvent>(EVENTS, namespace).each({ fieldSelector })) {
      newest.push(describeEvent(event))
      if (newest.length >= 2 * MAX_LIMIT) newest = newestOf(newest, count)
    }
    return answer(call, { items: newestOf(newest, count) })
  },
  openapi: itemsSchema({ $ref: '#/components/schemas/ObjectEvent' }),
}

/** An event in the answer. */
export type EventDescription = ReturnType<typeof describeEvent>

/** The last events, newest first. */
export function newestOf(events: EventDescription[], count: number): EventDescription[] {
  return events.sort((a, b) => Date.parse(b.lastTime) - Date.parse(a.lastTime)).slice(0, count)
}

/** An event as clients see it. */
export function describeEvent(event: KubeEvent) {
  const created = event.metadata.creationTimestamp ?? ''
  return {
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    firstTime: event.firstTimestamp ?? event.eventTime ?? created,
    lastTime: event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? created,
    source: event.reportingComponent || event.source?.component || '',
  }
}
