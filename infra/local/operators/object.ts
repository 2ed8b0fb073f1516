/**
 * Kubernetes objects as the stand-in operators see them.
 */

/** A condition of an object (metav1.Condition). */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly observedGeneration: number
  /** RFC 3339. */
  readonly lastTransitionTime: string
}

/** Metadata of an object. */
export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly generation?: number
  readonly resourceVersion: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[]
}

/** An object. The fields of its spec depend on its kind. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec?: Fields
  readonly status?: Status
}

/** Fields of a spec or a status. */
export type Fields = Readonly<Record<string, unknown>>

/** The status fields that all kinds share. */
export interface Status extends Fields {
  readonly phase?: string
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
}

/** An object that is to be created. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Fields & {
    readonly name: string
    readonly namespace?: string | undefined
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec?: Fields
}

/** The value at a path of field names, if every step is an object. */
export function field(object: KubeObject, ...path: readonly string[]): unknown {
  let value: unknown = object
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Fields)[name]
  }
  return value
}

/** Like {@link field}, for strings. */
export function text(object: KubeObject, ...path: readonly string[]): string | undefined {
  const value = field(object, ...path)
  return typeof value === 'string' ? value : undefined
}

/** Like {@link field}, for numbers. */
export function number(object: KubeObject, ...path: readonly string[]): number | undefined {
  const value = field(object, ...path)
  return typeof value === 'number' ? value : undefined
}

/** Like {@link field}, for arrays; anything else counts as an empty one. */
export function list(object: KubeObject, ...path: readonly string[]): readonly unknown[] {
  const value = field(object, ...path)
  return Array.isArray(value) ? value : []
}
