// Generated from infra/crds by `npm run generate`; do not edit.
import type { KindEntry } from '../kind/custom-resource.ts'

/** Every kind, by its plural: what refers to what, without the schemas. */
export const KINDS: Readonly<Record<string, KindEntry>> = {
  cells: {
    group: 'cloud.kaphera.com',
    version: 'v1alpha1',
    kind: 'Cell',
    scope: 'platform',
    references: {},
    sharing: 'allowedOrganizations',
  },
  dataspacememberships: {
    group: 'cloud.kaphera.com',
    version: 'v1alpha1',
    kind: 'DataspaceMembership',
    scope: 'organization',
    references: {
      participantRef: { plural: 'participants', namespaced: false },
      dataspaceRef: { plural: 'dataspaceprofiles', namespaced: true },
    },
  },
  dataspaceprofiles: {
    group: 'cloud.kaphera.com',
    version: 'v1alpha1',
    kind: 'DataspaceProfile',
    scope: 'organization',
    references: {
      authorityRef: { plural: 'organizations', namespaced: false },
      issuerRef: { plural: 'credentialissuers', namespaced: true },
      'cells[]': { plural: 'cells', namespaced: true },
    },
    sharing: 'visibility',
  },
  organizationmembers: {
    group: 'cloud.kaphera.com',
    version: 'v1alpha1',
    kind: 'OrganizationMember',
    scope: 'organization',
    references: {},
  },
  organizations: {
    group: 'cloud.kaphera.com',
    version: 'v1alpha1',
    kind: 'Organization',
    scope: 'platform',
    references: {
      parentRef: { plural: 'organizations', namespaced: false },
      defaultCellRef: { plural: 'cells', namespaced: true },
    },
  },
  participants: {
    group: 'cloud.kaphera.com',
    version: 'v1alpha1',
    kind: 'Participant',
    scope: 'organization',
    references: {
      cellRef: { plural: 'cells', namespaced: true },
      identityHubRef: { plural: 'identityhubs', namespaced: false },
    },
  },
  connectors: {
    group: 'edc.kaphera.com',
    version: 'v1alpha1',
    kind: 'Connector',
    scope: 'organization',
    references: {
      participantRef: { plural: 'participants', namespaced: false },
      identityHubRef: { plural: 'identityhubs', namespaced: false },
      vaultRef: { plural: 'vaults', namespaced: false },
      cellRef: { plural: 'cells', namespaced: true },
    },
  },
  credentialissuers: {
    group: 'edc.kaphera.com',
    version: 'v1alpha1',
    kind: 'CredentialIssuer',
    scope: 'organization',
    references: {
      identityHubRef: { plural: 'identityhubs', namespaced: false },
      dataspaceRef: { plural: 'dataspaceprofiles', namespaced: true },
      vaultRef: { plural: 'vaults', namespaced: false },
    },
  },
  dataplanes: {
    group: 'edc.kaphera.com',
    version: 'v1alpha1',
    kind: 'DataPlane',
    scope: 'organization',
    references: {
      connectorRef: { plural: 'connectors', namespaced: false },
      sharedDataPlaneRef: { plural: 'dspdataplanes', namespaced: true },
    },
  },
  identityhubs: {
    group: 'edc.kaphera.com',
    version: 'v1alpha1',
    kind: 'IdentityHub',
    scope: 'organization',
    references: { vaultRef: { plural: 'vaults', namespaced: false }, cellRef: { plural: 'cells', namespaced: true } },
    sharing: 'allowedNamespaces',
  },
  vaults: {
    group: 'edc.kaphera.com',
    version: 'v1alpha1',
    kind: 'Vault',
    scope: 'organization',
    references: { cellRef: { plural: 'cells', namespaced: true } },
  },
  digitaltwinregistries: {
    group: 'enablement.kaphera.com',
    version: 'v1alpha1',
    kind: 'DigitalTwinRegistry',
    scope: 'organization',
    references: { cellRef: { plural: 'cells', namespaced: true } },
    sharing: 'allowedNamespaces',
  },
  digitaltwinregistrytenants: {
    group: 'enablement.kaphera.com',
    version: 'v1alpha1',
    kind: 'DigitalTwinRegistryTenant',
    scope: 'organization',
    references: {
      registryRef: { plural: 'digitaltwinregistries', namespaced: true },
      participantRef: { plural: 'participants', namespaced: false },
      connectorRef: { plural: 'connectors', namespaced: false },
    },
  },
  dspdataplanes: {
    group: 'enablement.kaphera.com',
    version: 'v1alpha1',
    kind: 'DspDataPlane',
    scope: 'platform',
    references: { cellRef: { plural: 'cells', namespaced: true }, vaultRef: { plural: 'vaults', namespaced: false } },
    sharing: 'allowedNamespaces',
  },
}
