/**
 * Actions on participants: `activate`, `deactivate`, `rotate-key`.
 * @module
 */
import * as v from 'valibot'
import { validationFailed } from '../../http/problem.ts'
import { isObject, type KubeObject } from '../../kind/object.ts'
import type { Action } from '../declaration.ts'
import { withSpec } from './spec.ts'

/** When the rotation of which key was last asked for: a JSON object of times by key id. */
const ROTATE_KEYS = 'cloud.kaphera.com/rotate-keys'

/** Takes the participant into use. */
export const activate: Action = {
  summary: 'Activate the participant context and publish its DID',
  change: (current) => withSpec(current, { active: true }),
}

/** Takes it out of use; keys and credentials stay. */
export const deactivate: Action = {
  summary: 'Deactivate the participant context',
  change: (current) => withSpec(current, { active: false }),
}

const Input = v.strictObject({ id: v.string('must be the id of a key') }, 'must have the id of a key and nothing else')

/**
 * Asks the operator for a new key pair under the id of an old one, which stays published until what it signed has expired.
 * A wish and no state, so it is an annotation.
 */
export const rotateKey: Action = {
  summary: 'Replace a key pair by a new one',
  input: Input,
  change(current, input) {
    const { id } = input as v.InferOutput<typeof Input>
    if (keyIds(current).includes(id)) return { ...current }
    throw validationFailed([{ pointer: '/id', detail: 'must be the id of a key of this participant' }])
  },
  stamp(current, input) {
    const { id } = input as v.InferOutput<typeof Input>
    return { [ROTATE_KEYS]: JSON.stringify({ ...rotations(current), [id]: new Date().toISOString() }) }
  },
  document: {
    type: 'object',
    required: ['id'],
    additionalProperties: false,
    properties: { id: { type: 'string', description: 'Which key, by its id in spec.keys or status.keyPairs.' } },
  },
}

function keyIds({ spec, status }: KubeObject): unknown[] {
  const lists: unknown[] = [spec?.keys, status?.keyPairs]
  return lists.flatMap((list) => (Array.isArray(list) ? list.map((key) => (isObject(key) ? key.id : undefined)) : []))
}

/** Earlier wishes; what cannot be read is none. */
function rotations({ metadata }: KubeObject): object {
  try {
    const value: unknown = JSON.parse(metadata.annotations?.[ROTATE_KEYS] ?? '{}')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
