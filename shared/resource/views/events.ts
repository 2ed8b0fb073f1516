/**
 * `events`: the Kubernetes events of an object.
 */

import { MAX_LIMIT, pageSize } from '../../http/page-size.ts'
import { readQuery } from '../../http/query.ts'
import { EVENTS } from '../../kube/index.ts'
import type { View } from '../declaration.ts'
import { describeEvent, type EventDescription, type KubeEvent, newestOf } from '../events.ts'
import { answer, itemsSchema } from './answer.ts'

export { describeEvent, type EventDescription, type KubeEvent, newestOf }

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
