/**
 * What the owners of a cluster decide about pods: where they run and what they may use.
 */
import type { InstallValues } from './values.ts'

/** Directory of further authorities in the container. */
const AUTHORITIES = '/etc/kaphera-cloud-server/authorities'
const VOLUME = 'authorities'

/** The directories of SSL_CERT_DIR: the authorities of the image, and those of `caConfigMap`. */
export function authorityDirectories({ caConfigMap }: Pick<InstallValues, 'caConfigMap'>): string {
  return ['/etc/ssl/certs', ...(caConfigMap === undefined ? [] : [AUTHORITIES])].join(':')
}

/** Fields of a pod that only some installations have. */
export function podFields(values: InstallValues): object {
  const { imagePullSecrets, nodeSelector, tolerations, affinity, topologySpreadConstraints, priorityClassName } = values
  return filled({
    imagePullSecrets,
    nodeSelector,
    tolerations,
    affinity,
    topologySpreadConstraints,
    priorityClassName,
    volumes: values.caConfigMap === undefined ? [] : [{ name: VOLUME, configMap: { name: values.caConfigMap } }],
  })
}

/** Fields of a container that only some installations have. */
export function containerFields({ envFrom, caConfigMap }: InstallValues): object {
  const volumeMounts = caConfigMap === undefined ? [] : [{ name: VOLUME, mountPath: AUTHORITIES, readOnly: true }]
  return filled({ envFrom, volumeMounts })
}

/** What a function may use. */
export function resourcesOf({ resources, functions }: InstallValues, name: string): object {
  const own = functions[name]?.resources
  return {
    requests: { ...resources.requests, ...own?.requests },
    limits: { ...resources.limits, ...own?.limits },
  }
}

/** The fields that are neither absent nor empty. */
export function filled(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value ?? {}).length > 0),
    ),
  )
}
