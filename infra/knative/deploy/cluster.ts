/**
 * The cluster that `npm run deploy` works on.
 */
import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node'
import type { Manifest } from '../objects.ts'
import type { ClusterRole, Revision, RunningService, Traffic } from './running.ts'

/** Field manager of what a deployment sets. */
const FIELD_MANAGER = 'kaphera-cloud-server-deploy'

/** Label by which Knative numbers the revisions of a Service. */
const GENERATION = 'serving.knative.dev/configurationGeneration'
const RBAC = 'rbac.authorization.k8s.io/v1'
/** The Knative object of a function. */
export const SERVICE = { apiVersion: 'serving.knative.dev/v1', kind: 'Service' } as const

/** Requests to a cluster. */
export interface Cluster {
  /** Applies an object (server-side apply). With `dryRun` the cluster only checks it. */
  apply(object: Manifest, options: { dryRun: boolean }): Promise<void>
  /** Shifts the traffic of a Knative Service and changes nothing else. */
  shift(namespace: string, name: string, traffic: readonly Traffic[], options: { dryRun: boolean }): Promise<void>
  /** The Knative Service with this name, if there is one. */
  service(namespace: string, name: string): Promise<RunningService | undefined>
  /** The ClusterRole with this name, if there is one. */
  clusterRole(name: string): Promise<ClusterRole | undefined>
  /** The Revision with this name, if there is one. */
  revision(namespace: string, name: string): Promise<Revision | undefined>
  /** All Revisions of a Service, newest first. */
  revisions(namespace: string, service: string): Promise<Revision[]>
}

/**
 * Opens a cluster.
 * @param context - Context of the kubeconfig (default: its current one)
 * @throws {Error} if there is no such context or no kubeconfig
 */
export function openCluster(context: string | undefined): Cluster {
  const config = new KubeConfig()
  config.loadFromDefault()
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new Error(`The kubeconfig has no context ${context}.`)
    config.setCurrentContext(context)
  }
  // The library's fallback when it finds nothing.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new Error('No kubeconfig was found. Set KUBECONFIG or create ~/.kube/config.')
  }
  return clusterOf(KubernetesObjectApi.makeApiClient(config))
}

function clusterOf(api: KubernetesObjectApi): Cluster {
  const read = async <T extends Manifest>(header: Manifest): Promise<T | undefined> => {
    try {
      return (await api.read(header)) as unknown as T
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined
      throw readable(error, `${header.kind} ${header.metadata.name}`)
    }
  }
  const patch = async (object: Manifest, dryRun: boolean, strategy: PatchStrategy): Promise<void> => {
    // Only an apply can take fields over from another field manager.
    const force = strategy === PatchStrategy.ServerSideApply ? true : undefined
    const dry = dryRun ? 'All' : undefined
    try {
      await api.patch(object as unknown as KubernetesObject, undefined, dry, FIELD_MANAGER, force, strategy)
    } catch (error) {
      throw readable(error, `${object.kind} ${object.metadata.name}`)
    }
  }
  return {
    apply: (object, { dryRun }) => patch(object, dryRun, PatchStrategy.ServerSideApply),
    shift: (namespace, name, traffic, { dryRun }) =>
      patch({ ...SERVICE, metadata: { namespace, name }, spec: { traffic } }, dryRun, PatchStrategy.MergePatch),
    service: (namespace, name) => read<RunningService>({ ...SERVICE, metadata: { namespace, name } }),
    clusterRole: (name) => read<ClusterRole>({ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name } }),
    revision: (namespace, name) => read<Revision>({ ...SERVICE, kind: 'Revision', metadata: { namespace, name } }),
    async revisions(namespace, service) {
      const list = await api.list(
        SERVICE.apiVersion,
        'Revision',
        namespace,
        undefined,
        undefined,
        undefined,
        undefined,
        `serving.knative.dev/service=${service}`,
      )
      const generation = ({ metadata }: Revision): number => Number(metadata.labels?.[GENERATION] ?? 0)
      return (list.items as unknown as Revision[]).sort((a, b) => generation(b) - generation(a))
    },
  }
}

/** The cluster's error as one line. */
function readable(error: unknown, what: string): Error {
  if (!(error instanceof ApiException)) return error instanceof Error ? error : new Error(String(error))
  const body: unknown = error.body
  const message =
    typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : String(body).slice(0, 500)
  return new Error(`${what}: the cluster answered ${error.code}: ${message}`)
}
