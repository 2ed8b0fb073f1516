/**
 * What `metadata` may hold, as a schema.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/}
 */
import type { Schema } from './schema.ts'

const TEXT: Schema = { type: 'string' }
const TIME: Schema = { type: 'string', format: 'date-time' }
const TEXTS: Schema = { type: 'object', additionalProperties: TEXT }

/** `metadata` of an object in a request. */
export const METADATA_SCHEMA: Schema = {
  type: 'object',
  properties: {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    selfLink: TEXT,
    uid: TEXT,
    resourceVersion: TEXT,
    generation: { type: 'integer' },
    creationTimestamp: TIME,
    deletionTimestamp: TIME,
    deletionGracePeriodSeconds: { type: 'integer' },
    labels: TEXTS,
    annotations: TEXTS,
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', items: TEXT },
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: TEXT,
          kind: TEXT,
          name: TEXT,
          uid: TEXT,
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    managedFields: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          manager: TEXT,
          operation: TEXT,
          apiVersion: TEXT,
          time: TIME,
          fieldsType: TEXT,
          fieldsV1: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          subresource: TEXT,
        },
      },
    },
  },
}
