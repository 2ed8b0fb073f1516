/**
 * The kinds of the core API group that are used.
 */
import type { GroupVersionResource } from '../kind/kind.ts'

/** Namespaces, which are cluster-scoped. */
export const NAMESPACES: GroupVersionResource = { group: '', version: 'v1', plural: 'namespaces' }
/** Events of objects, in the namespace of the object. */
export const EVENTS: GroupVersionResource = { group: '', version: 'v1', plural: 'events' }
/** Pods of workloads, in the namespace of the workload. */
export const PODS: GroupVersionResource = { group: '', version: 'v1', plural: 'pods' }
