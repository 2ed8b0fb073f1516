/**
 * From the API server's field paths to JSON Pointers.
 * @module
 */
import { toPointer } from '../http/pointer.ts'

/**
 * The JSON Pointer (RFC 6901) of a Kubernetes field path.
 * @param path - e.g. `spec.trustedIssuers[0].id`, `spec.config[edc.foo]`, `<nil>`
 * @returns e.g. `/spec/trustedIssuers/0/id`, `/spec/config/edc.foo`, `''`
 */
export function fieldPathToPointer(path: string): string {
  if (path === '<nil>' || path === '') return ''
  // A bracket holds an index or a map key, which may contain dots; outside of brackets a dot separates.
  return toPointer([...path.matchAll(/\[([^\]]*)\]|([^.[]+)/g)].map(([, key, name]) => key ?? name ?? ''))
}
