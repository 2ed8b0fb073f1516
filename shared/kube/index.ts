/**
 * The client of the Kubernetes API server: requests, errors, names. Other rooms import only this file.
 */
export { createKubeClient, type KubeClient, type KubeReader } from './client.ts'
export { EVENTS, NAMESPACES, PODS } from './core.ts'
export { ConflictError, continueTokenExpired, ServerTimeout } from './failures.ts'
export { kubeIdentity, type Written } from './identity.ts'
export { FREE_BYTES, PAGE_BYTES } from './memory.ts'
export { isLabel, isLabelValue, isObjectName, LABEL_RULE, OBJECT_NAME_RULE } from './names.ts'
export type {
  KubeObjects,
  KubePage,
  KubeTable,
  PageOptions,
  Preconditions,
  Selection,
} from './objects.ts'
export { nextPageSize } from './objects.ts'
export { UnselectableFields } from './unselectable.ts'
export type { OnEvent, Reading, WatchEvent, WatchOptions } from './watch.ts'
