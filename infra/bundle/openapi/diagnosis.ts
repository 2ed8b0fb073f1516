/**
 * The schemas of the view `diagnosis`, which every kind has. They are here because every bundle would carry them otherwise.
 */
import type { JsonObject } from '../../../shared/kind/object.ts'
import { schemaRef } from './schema.ts'

const text: JsonObject = { type: 'string' }
const time: JsonObject = { type: ['string', 'null'], format: 'date-time' }

/** An object whose vault is sealed. */
const SEALED: JsonObject = {
  plural: 'vaults',
  kind: 'Vault',
  organization: 'acme',
  name: 'vault',
  path: ['spec.identityHubRef', 'spec.vaultRef'],
  state: 'unready',
  ready: false,
  phase: 'Degraded',
  since: '2026-01-01T12:00:00Z',
  conditions: [
    {
      type: 'Unsealed',
      status: 'False',
      reason: 'Sealed',
      message: 'The vault is sealed.',
      since: '2026-01-01T12:00:00Z',
    },
  ],
  event: null,
  unseen: [],
}

/** Schemas by name. */
export const DIAGNOSIS_SCHEMAS: JsonObject = {
  Diagnosis: {
    description: 'Why an object is not ready.',
    type: 'object',
    required: ['ready', 'complete', 'hidden', 'causes', 'objects'],
    properties: {
      ready: { type: 'boolean', description: 'As in the object.' },
      complete: { type: 'boolean', description: 'Whether everything that the object depends on was read.' },
      reason: {
        type: 'string',
        enum: ['depth', 'size', 'time', 'unavailable'],
        description:
          'Why the diagnosis is not complete: it reached a limit, or the cluster did not answer some of its questions.',
      },
      hidden: {
        type: 'integer',
        description:
          'Number of references to objects that are not visible to the caller, or do not exist where the caller could not see them.',
      },
      causes: {
        type: 'array',
        items: schemaRef('DiagnosedObject'),
        description:
          'Where to look: the objects that are not ready and depend on no other such object, the most distant first.',
      },
      objects: {
        type: 'array',
        items: schemaRef('DiagnosedObject'),
        description: 'The object and everything that it depends on, the nearest first.',
      },
    },
    example: { ready: false, complete: true, hidden: 0, causes: [SEALED], objects: [SEALED] },
  },
  DiagnosedObject: {
    description: 'An object in a diagnosis.',
    type: 'object',
    required: ['plural', 'kind', 'name', 'path', 'state', 'ready', 'phase', 'since', 'conditions', 'event', 'unseen'],
    properties: {
      plural: text,
      kind: text,
      organization: { type: 'string', description: 'Organization of the object, if the caller has a role there.' },
      name: text,
      path: {
        type: 'array',
        items: text,
        description:
          'The fields that lead to it: of the first object, of the object that this field refers to, and so on.',
      },
      state: {
        type: 'string',
        enum: ['ready', 'unready', 'suspended', 'stale', 'unobserved', 'deleting', 'missing'],
        description:
          '`unready`: its conditions say so. `suspended`: its `spec.suspended` is true. `stale`: its operator has not acted on the current specification. `unobserved`: no operator has reported anything. `deleting`: its finalizers still run. `missing`: it does not exist.',
      },
      ready: { type: 'boolean', description: 'As in the object.' },
      phase: { type: ['string', 'null'] },
      since: { ...time, description: 'Since when it is in its state, if that is known.' },
      conditions: {
        type: 'array',
        items: schemaRef('FailingCondition'),
        description: 'The first conditions that do not have their normal status.',
      },
      finalizers: { type: 'array', items: text, description: 'What its deletion waits for.' },
      event: {
        anyOf: [schemaRef('ObjectEvent'), { type: 'null' }],
        description: 'The last warning about it, unless it is ready.',
      },
      unseen: {
        type: 'array',
        items: text,
        description: 'Fields that refer to hidden objects.',
      },
    },
  },
  FailingCondition: {
    description: 'A condition that does not have its normal status.',
    type: 'object',
    required: ['type', 'status', 'reason', 'message', 'since'],
    properties: { type: text, status: text, reason: text, message: text, since: time },
  },
  ObjectEvent: {
    description: 'A Kubernetes event of an object.',
    type: 'object',
    required: ['type', 'reason', 'message', 'count', 'firstTime', 'lastTime', 'source'],
    properties: {
      type: { type: 'string', description: 'Normal or Warning.' },
      reason: text,
      message: text,
      count: { type: 'integer', description: 'Number of times that the event occurred.' },
      firstTime: { type: 'string', format: 'date-time' },
      lastTime: { type: 'string', format: 'date-time' },
      source: { type: 'string', description: 'Component that reports the event.' },
    },
  },
}
