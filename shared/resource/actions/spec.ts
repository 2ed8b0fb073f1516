/**
 * Helpers of actions.
 */
import type { BaseIssue } from 'valibot'
import type { JsonObject, KubeObject } from '../../kind/object.ts'

/** The object with some fields of its spec changed. */
export function withSpec(current: KubeObject, fields: JsonObject): JsonObject {
  return { ...current, spec: { ...current.spec, ...fields } }
}

/** The message of a body that is not an object, lacks a member, or has an unknown one. */
export function memberMessage({ input, expected }: BaseIssue<unknown>): string {
  return input === undefined ? 'is required' : expected === 'never' ? 'is not known' : 'must be an object'
}
