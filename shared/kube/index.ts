/**
 * The one k8s-client module: requests to the API server, its errors, its names.
 * @module
 */
export {
  createKubeClient,
  type KubeClient,
  type KubePage,
  type KubeReader,
} from './client.ts'
export { kubeIdentity } from './identity.ts'
export { PAGE_BYTES } from './memory.ts'
export { isLabel, isLabelValue, isObjectName, LABEL_RULE, OBJECT_NAME_RULE } from './names.ts'
export { LostRace } from './status.ts'
export { type WatchEvent, watchChanges } from './watch.ts'
