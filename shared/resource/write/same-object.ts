/**
 * `metadata.uid` in a merge patch or an apply: as in Kubernetes, it is only for the object that has this uid.
 *
 * `metadata.resourceVersion` is no precondition, unlike in Kubernetes: bodies may be objects as they were read, and an operator that
 * has written the status since is no reason to refuse them. `If-Match` is one.
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'

/**
 * Fails if a body is for another object, such as one that was deleted and created again.
 * @param current - The stored object, if any
 * @throws {Problem} `conflict`
 */
export function failIfOther(body: unknown, current: KubeObject | undefined): void {
  const uid = valueAt(body, ['metadata', 'uid'])
  // Null and an empty text are none, as for the API server.
  if (uid === undefined || uid === null || uid === '' || uid === current?.metadata.uid) return
  throw new Problem('conflict', 'The object of metadata.uid no longer exists; another may have its name.', {
    errors: [{ pointer: '/metadata/uid', detail: 'is not that of the stored object' }],
  })
}
