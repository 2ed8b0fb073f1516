import type { KubeObject } from '../../../shared/kind/object.ts'

/** The connector that patches of attackers apply to. */
export const CONNECTOR: KubeObject = {
  apiVersion: 'edc.kaphera.com/v1alpha1',
  kind: 'Connector',
  metadata: {
    name: 'edc',
    namespace: 'org-acme',
    uid: '00000000-0000-4000-8000-000000000001',
    resourceVersion: '1',
    labels: { tier: 'gold' },
    annotations: { note: 'text' },
  },
  spec: {
    version: '0.11.0',
    participantRef: { name: 'acme' },
    vaultRef: { name: 'vault' },
    identityHubRef: { name: 'hub' },
    config: { 'edc.a': 'b' },
  },
}
