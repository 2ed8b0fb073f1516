/**
 * `scale`.
 */
import * as v from 'valibot'
import { toPointer } from '../../http/pointer.ts'
import type { JsonObject } from '../../kind/object.ts'
import { nested } from '../../kind/paths.ts'
import type { Action, Resource } from '../declaration.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'
import { memberMessage } from './spec.ts'

const Input = v.strictObject(
  {
    replicas: v.pipe(
      v.number('must be a whole number'),
      v.integer('must be a whole number'),
      v.minValue(0, 'must be at least 0'),
    ),
  },
  memberMessage,
)

/**
 * Sets the number of replicas at the path that the CRD's scale sub-resource names. It changes the spec and does not use the
 * sub-resource, so the rules of the kind apply as to any other change.
 */
export const scale: Action = {
  summary: 'Set the number of replicas',
  input: Input,
  change: (current, input, { collection: { resource } }) =>
    applyMergePatch(
      current,
      nested(replicasPath(resource), (input as v.InferOutput<typeof Input>).replicas),
    ) as JsonObject,
  // A rule that forbids replicas names a field above them.
  pointer: (pointer, resource) =>
    `${toPointer(replicasPath(resource))}/`.startsWith(`${pointer}/`) && pointer !== '' ? '/replicas' : pointer,
  openapi: {
    type: 'object',
    required: ['replicas'],
    additionalProperties: false,
    properties: { replicas: { type: 'integer', minimum: 0, description: 'Number of replicas.' } },
  },
}

function replicasPath({ plural, scale }: Resource): string[] {
  if (scale === undefined) throw new TypeError(`the CRD of ${plural} has no scale sub-resource`)
  return scale.replace(/^\./, '').split('.')
}
