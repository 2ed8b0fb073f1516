import { toPointer } from '../http/pointer.ts'

/**
 * The JSON Pointer (RFC 6901) of a Kubernetes field path.
 * @param path - e.g. `spec.trustedIssuers[0].id`, `spec.config[edc.foo]`, `<nil>`
 * @returns e.g. `/spec/trustedIssuers/0/id`, `/spec/config/edc.foo`, `''`
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { fieldPathToPointer } from './field-path.ts'
 *
 * assert.equal(fieldPathToPointer('spec.trustedIssuers[0].id'), '/spec/trustedIssuers/0/id')
 * ```
 */
export function fieldPathToPointer(path: string): string {
  if (path === '<nil>') return ''
  // Brackets hold an index or a map key, which may contain dots. Elsewhere dots separate fields. A bracket that is not closed
  // extends to the end: looking for the end of each one again would take quadratic time, and clients choose the keys.
  return toPointer([...path.matchAll(/\[([^\]]*)\]?|([^.[]+)/g)].map(([, key, name]) => key ?? name ?? ''))
}
