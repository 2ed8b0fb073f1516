/**
 * `scale`.
 * @module
 */
import * as v from 'valibot'
import { toPointer } from '../../http/pointer.ts'
import type { JsonObject } from '../../kind/object.ts'
import type { Action, Resource } from '../declaration.ts'
import { applyMergePatch } from '../patch/merge-patch.ts'

const Input = v.strictObject(
  {
    replicas: v.pipe(
      v.number('must be a whole number'),
      v.integer('must be a whole number'),
      v.minValue(0, 'must be at least 0'),
    ),
  },
  ({ input, expected }) =>
    input === undefined ? 'is required' : expected === 'never' ? 'is not known' : 'must be an object',
)

/**
 * Sets the number of replicas where the CRD's scale subresource says it is. It is a change of the spec, not a request to
 * that subresource, so the rules of the kind apply as to any other change.
 */
export const scale: Action = {
  summary: 'Set the number of replicas',
  input: Input,
  change: (current, input, { resource }) =>
    applyMergePatch(
      current,
      nested(replicasPath(resource), (input as v.InferOutput<typeof Input>).replicas),
    ) as JsonObject,
  // A kind that cannot have replicas just now says so at a field above them.
  pointer: (pointer, resource) =>
    `${toPointer(replicasPath(resource))}/`.startsWith(`${pointer}/`) && pointer !== '' ? '/replicas' : pointer,
  document: {
    type: 'object',
    required: ['replicas'],
    additionalProperties: false,
    properties: { replicas: { type: 'integer', minimum: 0, description: 'How many replicas there shall be.' } },
  },
}

function replicasPath({ plural, scale }: Resource): string[] {
  if (scale === undefined) throw new TypeError(`the CRD of ${plural} has no scale subresource`)
  return scale.replace(/^\./, '').split('.')
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
}
