/**
 * `events`: what happened to an object.
 * @module
 */

import { MAX_LIMIT, pageSize } from '../../http/page-size.ts'
import { readQuery } from '../../http/query.ts'
import type { View } from '../declaration.ts'
import { kubeOf } from '../place.ts'
import { answer, itemsSchema } from './answer.ts'

/** What is read of a core v1 Event. */
interface KubeEvent {
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
 * The events of an object, newest first, as far as the cluster still has them (an hour, unless it is set up otherwise).
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/}
 */
export const events: View = {
  summary: 'What happened to the object, newest first',
  query: ['limit'],
  rbac: [{ apiGroups: [''], resources: ['events'], verbs: ['list'] }],
  async show(call, place, object) {
    const count = pageSize(readQuery(call.url, ['limit']).limit)
    const collection = {
      group: '',
      version: 'v1',
      plural: 'events',
      namespace: place.namespace,
      // The uid tells an object from an earlier one of the same name.
      fieldSelector: `involvedObject.uid=${object.metadata.uid}`,
    }
    let newest: Description[] = []
    for await (const event of kubeOf(call, place).each<KubeEvent>(collection)) {
      newest.push(describe(event))
      if (newest.length >= 2 * MAX_LIMIT) newest = newestOf(newest, count)
    }
    return answer(call, { items: newestOf(newest, count) })
  },
  document: itemsSchema({
    type: 'object',
    required: ['type', 'reason', 'message', 'count', 'firstTime', 'lastTime', 'source'],
    properties: {
      type: { type: 'string', description: 'Normal or Warning.' },
      reason: { type: 'string' },
      message: { type: 'string' },
      count: { type: 'integer', description: 'How often it happened.' },
      firstTime: { type: 'string', format: 'date-time' },
      lastTime: { type: 'string', format: 'date-time' },
      source: { type: 'string', description: 'Who reports it.' },
    },
  }),
}

/** An event as it is shown. */
type Description = ReturnType<typeof describe>

function newestOf(events: Description[], count: number): Description[] {
  return events.sort((a, b) => Date.parse(b.lastTime) - Date.parse(a.lastTime)).slice(0, count)
}

function describe(event: KubeEvent) {
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
