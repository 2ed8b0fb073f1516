// Generated from infra/crds/enablement.kaphera.com_digitaltwinregistrytenants.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** The registry and the participant of the tenant, and how it is offered. */
export interface DigitalTwinRegistryTenantSpec {
  /** Registry in which the tenant is, in any namespace that the registry allows. Immutable. */
  registryRef: DigitalTwinRegistryTenantRegistryRef
  /** Participant whose tenant it is. Immutable. */
  participantRef: DigitalTwinRegistryTenantParticipantRef
  /**
   * Identifier of the tenant in the registry. The identifier of the participant's context if absent, and then
   * status.tenantId has it. Immutable once set.
   */
  tenantId?: string | undefined
  /** Connector that offers the registry as an asset to other participants. No connector offers it if absent. */
  connectorRef?: DigitalTwinRegistryTenantConnectorRef | undefined
  /**
   * How the connector offers the registry.
   * @default {}
   */
  publish?: DigitalTwinRegistryTenantPublish | undefined
  /**
   * Identifiers of twins that every caller may see.
   * @default {}
   */
  externalSubjectIdWildcard?: DigitalTwinRegistryTenantExternalSubjectIdWildcard | undefined
  /** Upper limits on what the tenant keeps. Defaults to those of the registry. */
  quota?: DigitalTwinRegistryTenantQuota | undefined
  /**
   * Takes the tenant out of service while true. Its data is kept.
   * @default false
   */
  suspended?: boolean | undefined
  /**
   * What happens to the twins in the registry when the tenant is deleted. Retain keeps them for a tenant of the same
   * identifier, Delete removes them.
   * @default "Retain"
   */
  deletionPolicy?: 'Retain' | 'Delete' | undefined
}

/** Registry in which the tenant is, in any namespace that the registry allows. Immutable. */
export interface DigitalTwinRegistryTenantRegistryRef {
  /** Name of the digital twin registry. */
  name: string
  /** Namespace of the digital twin registry. Defaults to that of the tenant. */
  namespace?: string | undefined
}

/** Participant whose tenant it is. Immutable. */
export interface DigitalTwinRegistryTenantParticipantRef {
  /** Name of the participant. */
  name: string
}

/** Connector that offers the registry as an asset to other participants. No connector offers it if absent. */
export interface DigitalTwinRegistryTenantConnectorRef {
  /** Name of the connector. */
  name: string
}

/** How the connector offers the registry. */
export interface DigitalTwinRegistryTenantPublish {
  /**
   * Whether the connector offers the registry.
   * @default true
   */
  enabled?: boolean | undefined
  /** Identifier of the asset in the connector's catalog. Generated if absent, and then status.assetId has it. */
  assetId?: string | undefined
  /**
   * Type of the asset, by which other participants find it.
   * @default "https://w3id.org/catenax/taxonomy#DigitalTwinRegistry"
   */
  assetType?: string | undefined
  /**
   * Identifier of the policy definition in the connector under which the asset is offered. The default policy of the
   * operator, which every member of the dataspace meets, if absent.
   */
  policyId?: string | undefined
}

/** Identifiers of twins that every caller may see. */
export interface DigitalTwinRegistryTenantExternalSubjectIdWildcard {
  /**
   * External subject that stands for every caller in an identifier of a twin.
   * @default "PUBLIC_READABLE"
   */
  prefix?: string | undefined
  /**
   * Names of the identifiers for which the wildcard counts.
   * @default ["manufacturerPartId","digitalTwinType"]
   */
  allowedTypes?: Array<string> | undefined
}

/** Upper limits on what the tenant keeps. Defaults to those of the registry. */
export interface DigitalTwinRegistryTenantQuota {
  /** Largest number of twins. The bound of the registry if absent. */
  maxShellDescriptors?: number | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface DigitalTwinRegistryTenantStatus {
  /** metadata.generation of the last specification that the operator has acted on. */
  observedGeneration?: number | undefined
  /** Human-readable summary of the conditions. Programs use the condition Ready. */
  phase?:
    | 'Pending'
    | 'Provisioning'
    | 'Ready'
    | 'Updating'
    | 'Degraded'
    | 'Suspended'
    | 'Terminating'
    | 'Failed'
    | undefined
  /**
   * Conditions that the operator has observed, one per type. A condition is valid only while status.observedGeneration
   * equals metadata.generation.
   */
  conditions?: Array<DigitalTwinRegistryTenantCondition> | undefined
  /** Address of the tenant's registry. */
  endpoint?: string | undefined
  /** Identifier of the tenant in the registry, given or derived. */
  tenantId?: string | undefined
  /** Identifier of the asset in the connector's catalog, given or generated. */
  assetId?: string | undefined
  /** What the tenant keeps, to compare with spec.quota. */
  usage?: DigitalTwinRegistryTenantUsage | undefined
}

/** One observation about the object. */
export interface DigitalTwinRegistryTenantCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, TenantProvisioned, AssetPublished or QuotaExceeded. */
  type: string
  /** Whether the condition holds. Unknown means that the operator cannot tell. */
  status: 'True' | 'False' | 'Unknown'
  /** metadata.generation of the object that this condition was computed from. */
  observedGeneration?: number | undefined
  /** Time at which the status last changed (RFC 3339). */
  lastTransitionTime: string
  /** Programmatic identifier of the cause of the last transition, in CamelCase. */
  reason: string
  /** Human-readable details of the transition. May be empty. */
  message?: string | undefined
}

/** What the tenant keeps, to compare with spec.quota. */
export interface DigitalTwinRegistryTenantUsage {
  /** Number of twins. */
  shellDescriptors?: number | undefined
  /** Number of submodels of all twins. */
  submodelDescriptors?: number | undefined
  /** Time of the count (RFC 3339). */
  observedAt?: string | undefined
}

/**
 * A tenant is the part of a digital twin registry that belongs to one participant, and the offer of it in the
 * participant's catalog.
 */
export const DigitalTwinRegistryTenant: Kind<DigitalTwinRegistryTenantSpec, DigitalTwinRegistryTenantStatus> = {
  group: 'enablement.kaphera.com',
  version: 'v1alpha1',
  kind: 'DigitalTwinRegistryTenant',
  plural: 'digitaltwinregistrytenants',
  singular: 'digitaltwinregistrytenant',
  shortNames: ['dtrt'],
  spec: async () => (await import('./specs/digitaltwinregistrytenants.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Participant', type: 'string', jsonPath: '.spec.participantRef.name', priority: 0 },
    { name: 'Registry', type: 'string', jsonPath: '.spec.registryRef.name', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Tenant', type: 'string', jsonPath: '.status.tenantId', priority: 1 },
    { name: 'Connector', type: 'string', jsonPath: '.spec.connectorRef.name', priority: 1 },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: [
    'spec.connectorRef.name',
    'spec.participantRef.name',
    'spec.registryRef.name',
    'spec.registryRef.namespace',
    'status.phase',
  ],
  scope: 'organization',
  references: {
    registryRef: { plural: 'digitaltwinregistries', namespaced: true },
    participantRef: { plural: 'participants', namespaced: false },
    connectorRef: { plural: 'connectors', namespaced: false },
  },
  participant: 'spec.participantRef.name',
  abnormalConditions: ['QuotaExceeded'],
}
