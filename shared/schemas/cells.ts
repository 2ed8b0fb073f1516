// Generated from infra/crds/cloud.kaphera.com_cells.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Location of the cell, and what may run in it. */
export interface CellSpec {
  /** Name of the cell as people read it. */
  displayName?: string | undefined
  /** Provider of the infrastructure, such as aws, azure or on-premises. Tells people, has no effect. */
  provider?: string | undefined
  /** Region of the infrastructure as its provider names it, such as eu-central-1. Tells people, has no effect. */
  region?: string | undefined
  /**
   * Which cluster the cell is. InCluster is the one that the operators run in, RemoteCluster is reached by
   * kubeconfigSecretRef. Immutable.
   */
  kind: 'InCluster' | 'RemoteCluster'
  /**
   * Key of a Secret in the platform's namespace that holds the kubeconfig of a RemoteCluster. Required for a
   * RemoteCluster, forbidden otherwise. Never shown by the API.
   */
  kubeconfigSecretRef?: CellKubeconfigSecretRef | undefined
  /** DNS zone under which the operators make host names for components of the cell. */
  dnsZone?: string | undefined
  /** Defaults of the Ingress objects that the operators make in the cell. */
  ingress?: CellIngress | undefined
  /** Issuer of cert-manager for the certificates of host names in the cell. */
  certificateIssuerRef?: CellCertificateIssuerRef | undefined
  /**
   * Ways in which components may run in the cell. Shared are multi-tenant runtimes, Dedicated those of one
   * organization, Byoc means that the cluster is an organization's own. All if absent.
   */
  deploymentModes?: Array<'Shared' | 'Dedicated' | 'Byoc'> | undefined
  /** Labels that every object of the operators in the cell carries. */
  labels?: Record<string, string> | undefined
  /** Upper limits on what the operators place in the cell. A number that is absent is not limited. */
  capacity?: CellCapacity | undefined
  /**
   * Refuses new components while true. Running components are not affected.
   * @default false
   */
  cordoned?: boolean | undefined
  /**
   * Names of the organizations that may use the cell. All organizations if absent or empty; the one that owns the
   * cluster for a cell of an organization's own.
   */
  allowedOrganizations?: Array<string> | undefined
}

/**
 * Key of a Secret in the platform's namespace that holds the kubeconfig of a RemoteCluster. Required for a
 * RemoteCluster, forbidden otherwise. Never shown by the API.
 */
export interface CellKubeconfigSecretRef {
  /** Name of the Secret. */
  name: string
  /** Key of the value within the Secret. */
  key: string
}

/** Defaults of the Ingress objects that the operators make in the cell. */
export interface CellIngress {
  /** Name of the IngressClass. The default class of the cluster if absent. */
  className?: string | undefined
  /** Annotations that every Ingress carries. */
  annotations?: Record<string, string> | undefined
}

/** Issuer of cert-manager for the certificates of host names in the cell. */
export interface CellCertificateIssuerRef {
  /** Name of the issuer. */
  name: string
  /** Kind of the issuer. An Issuer is looked up in the namespace of the component. */
  kind: 'Issuer' | 'ClusterIssuer'
}

/** Upper limits on what the operators place in the cell. A number that is absent is not limited. */
export interface CellCapacity {
  /** Largest number of Connectors. */
  connectors?: number | undefined
  /** Largest number of DataPlanes. */
  dataPlanes?: number | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface CellStatus {
  /** metadata.generation of the last specification that the operator has acted on. */
  observedGeneration?: number | undefined
  /** Human-readable summary of the conditions. Offline while the cluster cannot be reached. */
  phase?: 'Ready' | 'Offline' | 'Error' | undefined
  /**
   * Conditions that the operator has observed, one per type. A condition is valid only while status.observedGeneration
   * equals metadata.generation.
   */
  conditions?: Array<CellCondition> | undefined
  /** Version of the cluster's API server, such as v1.36.3. */
  kubernetesVersion?: string | undefined
  /** Operators that run in the cell. */
  operators?: Array<CellOperator> | undefined
  /** Number of objects that are placed in the cell, to compare with spec.capacity. */
  usage?: CellUsage | undefined
}

/** One observation about the object. */
export interface CellCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, Reachable, OperatorsReady or Cordoned. */
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

/** One operator. */
export interface CellOperator {
  /** Name of the operator, such as kaphera-edc-operator. */
  name: string
  /** Version of the operator. */
  version?: string | undefined
  /** Whether the operator works. */
  ready?: boolean | undefined
}

/** Number of objects that are placed in the cell, to compare with spec.capacity. */
export interface CellUsage {
  /** Number of Connectors. */
  connectors?: number | undefined
  /** Number of DataPlanes. */
  dataPlanes?: number | undefined
}

/**
 * A cell is a zone of deployment, a Kubernetes cluster in which the operators run components. The Cell object lives
 * in the platform's namespace.
 */
export const Cell: Kind<CellSpec, CellStatus> = {
  group: 'cloud.kaphera.com',
  version: 'v1alpha1',
  kind: 'Cell',
  plural: 'cells',
  singular: 'cell',
  shortNames: ['cell'],
  spec: async () => (await import('./specs/cells.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Region', type: 'string', jsonPath: '.spec.region', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Kind', type: 'string', jsonPath: '.spec.kind', priority: 1 },
    { name: 'Provider', type: 'string', jsonPath: '.spec.provider', priority: 1 },
    { name: 'Cordoned', type: 'boolean', jsonPath: '.spec.cordoned', priority: 1 },
    { name: 'Kubernetes', type: 'string', jsonPath: '.status.kubernetesVersion', priority: 1 },
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['status.phase'],
  scope: 'platform',
  references: {},
  sharing: { organizations: 'spec.allowedOrganizations' },
  secretFields: ['spec.kubeconfigSecretRef'],
  abnormalConditions: ['Cordoned'],
}
