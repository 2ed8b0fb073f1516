/**
 * Paths to the API server: assembled from tested segments only, and compared with what the URL parser made of them.
 * @module
 */
import { isLabel, isObjectName } from './names.ts'

/** A kind of object as the API server serves it. `group` is `''` for the core API. */
export interface ResourceType {
  readonly group: string
  readonly version: string
  /** Lower-case plural, e.g. `connectors`. */
  readonly plural: string
}

/** One object, or a collection when `name` is absent; all namespaces when `namespace` is absent too. */
export interface Target extends ResourceType {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: 'status' | 'scale' | 'log' | undefined
}

const VERSION = /^v[0-9]+((alpha|beta)[0-9]+)?$/

/**
 * The path of a target.
 * @throws {TypeError} if a segment is not a name that Kubernetes allows: a caller forgot to check what came from outside
 */
export function targetPath(target: Target): string {
  const { group, version, plural, namespace, name, subresource } = target
  if (group !== '' && !isObjectName(group)) throw new TypeError('API group is not a DNS name')
  if (!VERSION.test(version)) throw new TypeError('API version is not one')
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
 * Refuses a URL whose path is not the expected one, e.g. because a parser removed dot segments.
 * @throws {TypeError} if they differ
 */
export function assertPath(url: URL, expected: string): void {
  if (url.pathname !== expected) throw new TypeError('the upstream path differs from the one that was meant')
}
