/**
 * `logs`: what the pods of a workload write.
 * @module
 */
import type { View } from '../declaration.ts'

/**
 * The log of a pod of the workload, as plain text. Without `pod` it is that of the newest one that runs, and a warning
 * names it if there are others, as `kubectl logs` does.
 */
export const logs: View = {
  summary: 'What a pod of the workload writes, as plain text',
  query: ['pod', 'container', 'tail', 'since', 'follow'],
  mediaType: 'text/plain',
  rbac: [
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  ],
  async show(call, place, object, resource) {
    const { logStream } = await import('./log-stream.ts')
    return logStream(call, place, object, resource)
  },
}
