/**
 * `manifest`: an object as a client would write it.
 */

import type { JsonObject } from '../../kind/object.ts'
import type { View } from '../declaration.ts'
import { present } from '../present.ts'
import { SERVER_PREFIX } from '../server-metadata.ts'
import { answer } from './answer.ts'

/** The object without the fields that the cluster and the server own: for version control, or to apply it elsewhere. */
export const manifest: View = {
  summary: 'The object as a manifest, without the fields that the server and the cluster own',
  async show({ call, resource }, object) {
    const { withoutServerOwned } = await import('../write/manifest.ts')
    const { apiVersion, kind, metadata, spec } = withoutServerOwned({ ...present(object, resource.secretFields) })
    const { name, labels, annotations } = metadata as JsonObject & { name: string }
    const maps = Object.entries({ labels: foreign(labels), annotations: foreign(annotations) })
    const given = maps.filter(([, map]) => Object.keys(map).length > 0)
    return answer(call, { apiVersion, kind, metadata: { name, ...Object.fromEntries(given) }, spec })
  },
  openapi: { type: 'object', additionalProperties: true },
}

function foreign(map: unknown): object {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !key.startsWith(SERVER_PREFIX)))
}
