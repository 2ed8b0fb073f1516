/**
 * The objects that benchmarks read and write.
 */

/** Collection at this server. */
export const CONNECTORS = '/v1/organizations/acme/connectors'
/** The same collection at the API server. */
export const KUBE_CONNECTORS = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'

/** A connector of about 2 KB. */
export function connector(name: string): object {
  return {
    apiVersion: 'edc.kaphera.com/v1alpha1',
    kind: 'Connector',
    metadata: { name },
    spec: {
      distribution: 'Tractusx',
      version: '0.12.0',
      participantRef: { name: 'acme' },
      vaultRef: { name: 'vault' },
      identityHubRef: { name: 'hub' },
      dcp: { trustedIssuers: [{ id: 'did:web:issuer.catena.example' }] },
      bdrs: { url: 'https://bdrs.catena.example/api/directory' },
      database: { mode: 'Managed', managed: { storageSize: '10Gi' } },
      config: Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`edc.setting.a${key}`, 'value '.repeat(10)])),
    },
  }
}
