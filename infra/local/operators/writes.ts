/**
 * What the stand-in operators write to the cluster.
 */
import { randomBytes } from 'node:crypto'
import type { Child } from './behavior.ts'
import { type KubeApi, KubeError } from './client.ts'
import type { KubeObject, Status } from './object.ts'

/** Writes as one operator. */
export interface Writer {
  status(object: KubeObject, status: Status): Promise<void>
  finalizers(object: KubeObject, finalizers: readonly string[]): Promise<void>
  /** Creates an event (core/v1) about an object. */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): Promise<void>
  /**
   * Creates a child unless it exists.
   * @returns Whether it exists now; false if its name is taken by another object
   */
  ensure(child: Child): Promise<boolean>
  /** Deletes a child, if it exists. */
  remove(child: Child): Promise<void>
}

/** A writer for the objects of a kind. */
export function createWriter(api: KubeApi, plural: string): Writer {
  const pathOf = ({ apiVersion, metadata }: KubeObject): string =>
    `${collectionPath(apiVersion, plural, metadata.namespace)}/${metadata.name}`
  return {
    async status(object, status) {
      // With the version, so that what an object says no longer is not acted on.
      const { resourceVersion } = object.metadata
      await api.send('PATCH', `${pathOf(object)}/status`, { metadata: { resourceVersion }, status })
    },

    async finalizers(object, finalizers) {
      // With the version, so that a finalizer added meanwhile is not lost.
      const { resourceVersion } = object.metadata
      await api.send('PATCH', pathOf(object), { metadata: { resourceVersion, finalizers } })
    },

    async event(object, type, reason, message) {
      const { apiVersion, kind } = object
      const { name, namespace = 'default', uid, resourceVersion } = object.metadata
      const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
      await api.send('POST', `/api/v1/namespaces/${namespace}/events`, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
        involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: operatorName(apiVersion) },
      })
    },

    async ensure({ plural: childPlural, manifest, isOurs }) {
      const collection = collectionPath(manifest.apiVersion, childPlural, manifest.metadata.namespace)
      try {
        await api.send('POST', collection, manifest)
        return true
      } catch (error) {
        if (!(error instanceof KubeError && error.status === 409)) throw error
        return isOurs(await api.send<KubeObject>('GET', `${collection}/${manifest.metadata.name}`))
      }
    },

    async remove({ plural: childPlural, manifest, isOurs }) {
      const collection = collectionPath(manifest.apiVersion, childPlural, manifest.metadata.namespace)
      const path = `${collection}/${manifest.metadata.name}`
      try {
        const existing = await api.send<KubeObject>('GET', path)
        if (isOurs(existing)) await api.send('DELETE', path, { preconditions: { uid: existing.metadata.uid } })
      } catch (error) {
        if (!(error instanceof KubeError && error.status === 404)) throw error
      }
    },
  }
}

/**
 * Path of a collection.
 * @param apiVersion - `group/version`, or `v1` for the core API
 * @param namespace - Absent for all namespaces
 */
export function collectionPath(apiVersion: string, plural: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`
}

/** `edc.kaphera.com/v1alpha1` -> `kaphera-edc-operator`. */
function operatorName(apiVersion: string): string {
  return `kaphera-${apiVersion.split('.', 1)[0]}-operator`
}
