// Generated from infra/crds/cloud.kaphera.com_organizations.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Identity of the organization, and what it may use. */
export interface OrganizationSpec {
  /** Name of the organization as people read it. */
  displayName: string
  /** Full registered name of the legal entity. */
  legalName?: string | undefined
  /** Country of the registered seat, an ISO 3166-1 alpha-2 code in capital letters such as DE. */
  country?: string | undefined
  /** Registered identifiers of the legal entity, at most one per scheme. */
  identifiers?: Array<OrganizationIdentifier> | undefined
  /** People or mailboxes to turn to, in order of preference. */
  contacts?: Array<OrganizationContact> | undefined
  /**
   * What the organization does on the platform. A Participant takes part in dataspaces, an Authority runs dataspaces
   * and decides on memberships, an Operator runs components on behalf of others.
   * @default ["Participant"]
   */
  roles?: Array<'Participant' | 'Authority' | 'Operator'> | undefined
  /**
   * Namespace of the organization. The operator takes org- followed by the name of this object if absent. Immutable
   * once set.
   */
  namespace?: string | undefined
  /** Link to the organization's counterpart in the identity provider. */
  identityProvider?: OrganizationIdentityProvider | undefined
  /**
   * Organization that this one belongs to, such as an integrator or a white-label provider. Its administrators may act
   * here. Immutable once set.
   */
  parentRef?: OrganizationParentRef | undefined
  /** Cell for objects that name none. The platform's default cell if absent. */
  defaultCellRef?: OrganizationDefaultCellRef | undefined
  /**
   * Ways in which the organization may run components. Shared uses multi-tenant runtimes, Dedicated its own runtimes
   * on the platform's cells, Byoc its own clusters. All that the platform offers if absent.
   */
  deploymentModes?: Array<'Shared' | 'Dedicated' | 'Byoc'> | undefined
  /** Upper bounds on the number of objects. A number that is absent is not limited. */
  quotas?: OrganizationQuotas | undefined
  /**
   * Makes the organization read-only and stops its workloads, without deleting anything.
   * @default false
   */
  suspended?: boolean | undefined
  /**
   * Refuses the deletion of the organization while true. Set it to false first to delete.
   * @default true
   */
  deletionProtection?: boolean | undefined
}

/** One registered identifier. */
export interface OrganizationIdentifier {
  /**
   * Register that issued the identifier. BPNL is a Catena-X business partner number, LEI an ISO 17442 legal entity
   * identifier, VAT a value added tax number, DUNS a D-U-N-S number, EORI an economic operators' number, LOCAL a
   * number of a local register.
   */
  scheme: 'BPNL' | 'LEI' | 'VAT' | 'DUNS' | 'EORI' | 'LOCAL'
  /** The identifier as the register writes it. A BPNL is BPNL followed by 12 digits or capital letters. */
  value: string
}

/** One contact. */
export interface OrganizationContact {
  /** What the contact is responsible for. */
  role: 'Technical' | 'Administrative' | 'Legal'
  /** Name of the person or team. */
  name?: string | undefined
  /** E-mail address of the contact. */
  email: string
}

/** Link to the organization's counterpart in the identity provider. */
export interface OrganizationIdentityProvider {
  /** Alias of the Keycloak organization. The operator takes the name of this object if absent. Immutable once set. */
  keycloakOrganizationAlias?: string | undefined
  /** Identifier that Keycloak gave to an organization that exists already. Created and found by its alias if absent. */
  keycloakOrganizationId?: string | undefined
}

/**
 * Organization that this one belongs to, such as an integrator or a white-label provider. Its administrators may act
 * here. Immutable once set.
 */
export interface OrganizationParentRef {
  /** Name of the parent organization. */
  name: string
}

/** Cell for objects that name none. The platform's default cell if absent. */
export interface OrganizationDefaultCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/** Upper bounds on the number of objects. A number that is absent is not limited. */
export interface OrganizationQuotas {
  /** Largest number of Connectors. */
  connectors?: number | undefined
  /** Largest number of DataPlanes. */
  dataPlanes?: number | undefined
  /** Largest number of Participants. */
  participants?: number | undefined
  /** Largest number of DigitalTwinRegistryTenants. */
  registryTenants?: number | undefined
  /** Largest number of OrganizationMembers. */
  members?: number | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface OrganizationStatus {
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
  conditions?: Array<OrganizationCondition> | undefined
  /** Namespace in which the organization's objects live. */
  namespace?: string | undefined
  /** Number of objects that exist, to compare with spec.quotas. */
  usage?: OrganizationUsage | undefined
  /** State of the link to the identity provider, as the operator words it, such as Linked. */
  identityProviderState?: string | undefined
}

/** One observation about the object. */
export interface OrganizationCondition {
  /**
   * Type of the condition, such as Ready, Reconciling, Stalled, NamespaceReady, QuotaApplied, IdentityProviderLinked
   * or Suspended.
   */
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

/** Number of objects that exist, to compare with spec.quotas. */
export interface OrganizationUsage {
  /** Number of Connectors. */
  connectors?: number | undefined
  /** Number of DataPlanes. */
  dataPlanes?: number | undefined
  /** Number of Participants. */
  participants?: number | undefined
  /** Number of DigitalTwinRegistryTenants. */
  registryTenants?: number | undefined
  /** Number of OrganizationMembers. */
  members?: number | undefined
}

/**
 * An organization is a tenant. It owns one namespace, in which all of its other objects live. The Organization
 * object itself lives in the platform's namespace; its name is the slug that paths and labels carry.
 */
export const Organization: Kind<OrganizationSpec, OrganizationStatus> = {
  group: 'cloud.kaphera.com',
  version: 'v1alpha1',
  kind: 'Organization',
  plural: 'organizations',
  singular: 'organization',
  shortNames: ['org'],
  spec: async () => (await import('./specs/organizations.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Namespace', type: 'string', jsonPath: '.status.namespace', priority: 1 },
    { name: 'Parent', type: 'string', jsonPath: '.spec.parentRef.name', priority: 1 },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspended', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: [
    'spec.defaultCellRef.name',
    'spec.identityProvider.keycloakOrganizationAlias',
    'spec.parentRef.name',
    'status.phase',
  ],
  scope: 'platform',
  references: {
    parentRef: { plural: 'organizations', namespaced: false },
    defaultCellRef: { plural: 'cells', namespaced: true },
  },
  abnormalConditions: ['Suspended'],
}
