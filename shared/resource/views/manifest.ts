/**
 * `manifest`: an object as one would write it down to make it again.
 * @module
 */

import type { JsonObject } from '../../kind/object.ts'
import type { View } from '../declaration.ts'
import { present } from '../present.ts'
import { OWN_PREFIX } from '../stamps.ts'
import { answer } from './answer.ts'

/** The object without what the cluster and the server add: to keep in version control, or to apply elsewhere. */
export const manifest: View = {
  summary: 'The object as it can be applied again, without what the server and the cluster add',
  async show(call, _place, object, resource) {
    const { withoutServerOwned } = await import('../write/manifest.ts')
    const { apiVersion, kind, metadata, spec } = withoutServerOwned({ ...present(object, resource.secretFields) })
    const { name, labels, annotations } = metadata as JsonObject & { name: string }
    const maps = Object.entries({ labels: foreign(labels), annotations: foreign(annotations) })
    const given = maps.filter(([, map]) => Object.keys(map).length > 0)
    return answer(call, { apiVersion, kind, metadata: { name, ...Object.fromEntries(given) }, spec })
  },
  document: { type: 'object', additionalProperties: true },
}

function foreign(map: unknown): object {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !key.startsWith(OWN_PREFIX)))
}
