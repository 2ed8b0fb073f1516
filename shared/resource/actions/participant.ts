/**
 * Actions on participants: `activate`, `deactivate`, `rotate-key`.
 */
import * as v from 'valibot'
import { validationFailed } from '../../http/problem.ts'
import { isObject, type KubeObject } from '../../kind/object.ts'
import type { Action } from '../declaration.ts'
import { ROTATE_KEYS } from '../server-metadata.ts'
import { memberMessage, withSpec } from './spec.ts'

/** Activates the participant. */
export const activate: Action = {
  summary: 'Activate the participant context and publish its DID',
  change: (current) => withSpec(current, { active: true }),
}

/** Deactivates the participant. Its keys and credentials are kept. */
export const deactivate: Action = {
  summary: 'Deactivate the participant context',
  change: (current) => withSpec(current, { active: false }),
}

const Input = v.strictObject({ id: v.string('must be the id of a key') }, memberMessage)

/**
 * Asks the operator for a new key pair with the id of an old one, which stays published until everything that it signed has
 * expired. The request is an annotation, because it is not part of the wanted state.
 */
export const rotateKey: Action = {
  summary: 'Replace a key pair by a new one',
  input: Input,
  change(current, input) {
    const { id } = input as v.InferOutput<typeof Input>
    if (keyIds(current).includes(id)) return { ...current }
    throw validationFailed([{ pointer: '/id', detail: 'must be the id of a key of this participant' }])
  },
  annotate(current, input) {
    const { id } = input as v.InferOutput<typeof Input>
    return { [ROTATE_KEYS]: JSON.stringify({ ...rotations(current), [id]: new Date().toISOString() }) }
  },
  openapi: {
    type: 'object',
    required: ['id'],
    additionalProperties: false,
    properties: { id: { type: 'string', description: 'Id of the key in spec.keys or status.keyPairs.' } },
  },
}

function keyIds({ spec, status }: KubeObject): unknown[] {
  const lists: unknown[] = [spec?.keys, status?.keyPairs]
  return lists.flatMap((list) => (Array.isArray(list) ? list.map((key) => (isObject(key) ? key.id : undefined)) : []))
}

/** Earlier requests; an annotation that cannot be parsed counts as none. */
function rotations({ metadata }: KubeObject): object {
  try {
    const value: unknown = JSON.parse(metadata.annotations?.[ROTATE_KEYS] ?? '{}')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
