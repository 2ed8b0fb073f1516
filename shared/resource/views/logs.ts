/**
 * `logs`: the logs of a workload's pods.
 */
import type { View } from '../declaration.ts'

/**
 * The log of a pod of the workload as plain text. Without `pod` it is the log of the newest running pod; if there are other pods,
 * a warning names it, as `kubectl logs` does. `container` names any container, including init and ephemeral ones.
 */
export const logs: View = {
  summary: 'Log of a pod of the workload as plain text',
  query: ['pod', 'container', 'tail', 'since', 'follow', 'previous', 'timestamps'],
  mediaType: 'text/plain',
  rbac: [
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  ],
  async show(collection, object) {
    const { logStream } = await import('./log-stream.ts')
    return logStream(collection, object)
  },
}
