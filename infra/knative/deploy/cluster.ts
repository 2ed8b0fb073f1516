/**
 * The cluster that is deployed to.
 * @module
 */
import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node'
import type { Manifest } from '../objects.ts'

/** Owner of the fields that a deployment sets. */
const FIELD_MANAGER = 'kaphera-cloud-server-deploy'

/** One share of a Service's traffic. */
export interface Traffic {
  readonly revisionName?: string
  readonly latestRevision?: boolean
  readonly percent?: number
  readonly tag?: string
}

/** A condition of a Knative object. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** What is read of a Knative Service. */
export interface RunningService extends Manifest {
  readonly spec: {
    readonly template: { readonly metadata?: { readonly name?: string; readonly annotations?: Record<string, string> } }
    readonly traffic?: readonly Traffic[]
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
    readonly traffic?: readonly Traffic[]
    readonly latestReadyRevisionName?: string
  }
}

/** What is read of a Knative Revision. */
export interface Revision extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly creationTimestamp?: string }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** Requests to a cluster. */
export interface Cluster {
  /** Applies an object (server-side apply). With `dryRun` the cluster only says whether it would. */
  apply(object: Manifest, options: { dryRun: boolean }): Promise<void>
  /** The Knative Service of a name; `undefined` if there is none. */
  service(namespace: string, name: string): Promise<RunningService | undefined>
  /** The Revision of a name; `undefined` if there is none. */
  revision(namespace: string, name: string): Promise<Revision | undefined>
  /** All Revisions of a Service, newest first. */
  revisions(namespace: string, service: string): Promise<Revision[]>
}

/**
 * Opens a cluster.
 * @param context - Of the kubeconfig (default: its current one)
 * @throws {Error} if there is no such context
 */
export function openCluster(context: string | undefined): Cluster {
  const config = new KubeConfig()
  config.loadFromDefault()
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new Error(`the kubeconfig has no context ${context}`)
    config.setCurrentContext(context)
  }
  return clusterOf(KubernetesObjectApi.makeApiClient(config))
}

function clusterOf(api: KubernetesObjectApi): Cluster {
  const read = async <T>(kind: string, namespace: string, name: string): Promise<T | undefined> => {
    try {
      const header = { apiVersion: 'serving.knative.dev/v1', kind, metadata: { namespace, name } }
      return (await api.read(header)) as unknown as T
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined
      throw readable(error, `${kind} ${name}`)
    }
  }
  return {
    async apply(object, { dryRun }) {
      try {
        await api.patch(
          object as unknown as KubernetesObject,
          undefined,
          dryRun ? 'All' : undefined,
          FIELD_MANAGER,
          true,
          PatchStrategy.ServerSideApply,
        )
      } catch (error) {
        throw readable(error, `${object.kind} ${object.metadata.name}`)
      }
    },
    service: (namespace, name) => read<RunningService>('Service', namespace, name),
    revision: (namespace, name) => read<Revision>('Revision', namespace, name),
    async revisions(namespace, service) {
      const list = await api.list(
        'serving.knative.dev/v1',
        'Revision',
        namespace,
        undefined,
        undefined,
        undefined,
        undefined,
        `serving.knative.dev/service=${service}`,
      )
      const created = (revision: Revision): string => revision.metadata.creationTimestamp ?? ''
      return (list.items as unknown as Revision[]).sort((a, b) => String(created(b)).localeCompare(String(created(a))))
    },
  }
}

/** What the cluster said, in one line. */
function readable(error: unknown, what: string): Error {
  if (!(error instanceof ApiException)) return error instanceof Error ? error : new Error(String(error))
  const body: unknown = error.body
  const message =
    typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : String(body).slice(0, 500)
  return new Error(`${what}: the cluster answered ${error.code}: ${message}`)
}
