/**
 * Finds which of the operators' kinds a cluster serves.
 */
import type { KubeApi } from './client.ts'

/** A kind that a cluster serves. */
export interface InstalledKind {
  /** `group/version`. */
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
}

/** Suffix of the operators' API groups. */
const GROUP_SUFFIX = '.kaphera.com'

/**
 * The kinds of the operators' groups, from the API server's discovery documents.
 * @throws {KubeError} like {@link KubeApi.send}
 */
export async function installedKinds(api: KubeApi): Promise<InstalledKind[]> {
  const { groups } = await api.send<GroupList>('GET', '/apis')
  const versions = groups
    .filter(({ name }) => name.endsWith(GROUP_SUFFIX))
    .map(({ preferredVersion }) => preferredVersion.groupVersion)
  const kinds = await Promise.all(
    versions.map(async (apiVersion) => {
      const { resources } = await api.send<ResourceList>('GET', `/apis/${apiVersion}`)
      return resources
        .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('watch'))
        .map(({ name, kind }) => ({ apiVersion, kind, plural: name }))
    }),
  )
  return kinds.flat()
}

interface GroupList {
  readonly groups: readonly { readonly name: string; readonly preferredVersion: { readonly groupVersion: string } }[]
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[]
}
