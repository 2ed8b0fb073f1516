/**
 * Paths to the API server. They are built of tested segments only, and compared with the result of the URL parser.
 */
import type { GroupVersionResource } from '../kind/kind.ts'
import { isLabel, isObjectName } from './names.ts'

/** One object, or all objects if `name` is absent; in all namespaces if `namespace` is absent as well. */
export interface Target extends GroupVersionResource {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: 'status' | 'scale' | 'log' | undefined
}

const VERSION = /^v[0-9]+((alpha|beta)[0-9]+)?$/

/**
 * The path of a target.
 * @throws {TypeError} if a segment is not a valid name, which means that input was not checked
 */
export function targetPath(target: Target): string {
  const { group, version, plural, namespace, name, subresource } = target
  if (group !== '' && !isObjectName(group)) throw new TypeError('API group is not a DNS name')
  if (!VERSION.test(version)) throw new TypeError('API version is not valid')
  if (!isLabel(plural)) throw new TypeError('plural is not a DNS label')
  if (namespace !== undefined && !isLabel(namespace)) throw new TypeError('namespace is not a DNS label')
  if (name !== undefined && !isObjectName(name)) throw new TypeError('name is not a DNS subdomain')
  let path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  if (namespace !== undefined) path += `/namespaces/${namespace}`
  path += `/${plural}`
  if (name !== undefined) path += `/${name}`
  if (subresource !== undefined) path += `/${subresource}`
  return path
}

/**
 * Checks the path of a URL, from which a parser may have removed dot segments.
 * @throws {TypeError} if it is not the expected path
 */
export function assertPath(url: URL, expected: string): void {
  if (url.pathname !== expected) throw new TypeError('the path of the URL is not the expected one')
}
