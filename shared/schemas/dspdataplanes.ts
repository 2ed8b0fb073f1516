// Generated from infra/crds/enablement.kaphera.com_dspdataplanes.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** The runtime, its address, what it transfers and who may attach to it. */
export interface DspDataPlaneSpec {
  /**
   * Which runtime it is. UpstreamEdc is the data plane of Eclipse EDC, KapheraRust is Kaphera's own. Immutable.
   * @default "UpstreamEdc"
   */
  implementation?: 'UpstreamEdc' | 'KapheraRust' | undefined
  /** Version of the runtime (semantic version). The operator's own default if absent. */
  version?: string | undefined
  /** Cell in which it runs. The default cell of the platform if absent. */
  cellRef?: DspDataPlaneCellRef | undefined
  /** Vault that keeps the keys by which the data plane signs tokens. */
  vaultRef: DspDataPlaneVaultRef
  /** Database of the data plane. It keeps its state in memory if absent. */
  database?: DspDataPlaneDatabase | undefined
  /**
   * Number of replicas. Has no effect with autoscaling.
   * @default 1
   */
  replicas?: number | undefined
  /** Scales the replicas with the load. While it is given, replicas has no effect. */
  autoscaling?: DspDataPlaneAutoscaling | undefined
  /** CPU and memory of each replica. The defaults of the cell if absent. */
  resources?: DspDataPlaneResources | undefined
  /** Public host name of the data plane, which the addresses in tokens are made of. Immutable. */
  hostname: string
  /** What the data plane transfers. All that the implementation knows if absent. */
  transferTypes?: Array<DspDataPlaneTransferType> | undefined
  /** Tokens of control planes that the data plane accepts on its signaling endpoint. */
  signaling: DspDataPlaneSignaling
  /**
   * Upper limits on what the pool takes.
   * @default {}
   */
  capacity?: DspDataPlaneCapacity | undefined
  /**
   * Namespaces whose DataPlanes may attach.
   * @default {"from":"All"}
   */
  allowedNamespaces?: DspDataPlaneAllowedNamespaces | undefined
}

/** Cell in which it runs. The default cell of the platform if absent. */
export interface DspDataPlaneCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/** Vault that keeps the keys by which the data plane signs tokens. */
export interface DspDataPlaneVaultRef {
  /** Name of the vault. */
  name: string
}

/** Database of the data plane. It keeps its state in memory if absent. */
export interface DspDataPlaneDatabase {
  /** Managed is a database that the operator runs, External an existing one. Immutable. */
  mode: 'Managed' | 'External'
  /** The database that the operator runs, for mode Managed. The defaults of its fields if absent. */
  managed?: DspDataPlaneManaged | undefined
  /** An existing PostgreSQL database. Required with the mode External, forbidden otherwise. */
  external?: DspDataPlaneExternal | undefined
}

/** The database that the operator runs, for mode Managed. The defaults of its fields if absent. */
export interface DspDataPlaneManaged {
  /**
   * Size of each instance's volume in bytes. It cannot be reduced.
   * @default "10Gi"
   */
  storageSize?: number | string | undefined
  /** Name of the StorageClass. The default class of the cluster if absent. */
  storageClassName?: string | undefined
  /**
   * Number of instances. One writes, the others stand by.
   * @default 1
   */
  instances?: number | undefined
}

/** An existing PostgreSQL database. Required with the mode External, forbidden otherwise. */
export interface DspDataPlaneExternal {
  /** Host name or IPv4 address of the server. */
  host: string
  /**
   * Port of the server.
   * @default 5432
   */
  port?: number | undefined
  /** Name of the database. */
  database: string
  /**
   * How the connection is protected, as PostgreSQL names it (sslmode).
   * @default "verify-full"
   */
  sslMode?: 'disable' | 'require' | 'verify-ca' | 'verify-full' | undefined
  /** Secret in the namespace of this object that holds user name and password. */
  credentialsSecretRef: DspDataPlaneCredentialsSecretRef
}

/** Secret in the namespace of this object that holds user name and password. */
export interface DspDataPlaneCredentialsSecretRef {
  /** Name of the Secret. */
  name: string
  /**
   * Key of the user name within the Secret.
   * @default "username"
   */
  usernameKey?: string | undefined
  /**
   * Key of the password within the Secret.
   * @default "password"
   */
  passwordKey?: string | undefined
}

/** Scales the replicas with the load. While it is given, replicas has no effect. */
export interface DspDataPlaneAutoscaling {
  /**
   * Smallest number of replicas.
   * @default 1
   */
  minReplicas?: number | undefined
  /** Largest number of replicas. */
  maxReplicas: number
  /**
   * Target CPU utilization in percent of the requested CPU.
   * @default 80
   */
  targetCPUUtilizationPercentage?: number | undefined
  /**
   * Target memory utilization in percent of the requested memory.
   * @default 80
   */
  targetMemoryUtilizationPercentage?: number | undefined
}

/** CPU and memory of each replica. The defaults of the cell if absent. */
export interface DspDataPlaneResources {
  /** What the scheduler reserves for a replica. */
  requests?: DspDataPlaneRequests | undefined
  /** What a replica may use at most. */
  limits?: DspDataPlaneRequests | undefined
}

/** What the scheduler reserves for a replica. */
export interface DspDataPlaneRequests {
  /** CPU in cores, a whole number or a text such as 500m. */
  cpu?: number | string | undefined
  /** Memory in bytes, a whole number or a text such as 512Mi. */
  memory?: number | string | undefined
}

/** One way of transfer. */
export interface DspDataPlaneTransferType {
  /** Type of transfer, destination and direction, such as HttpData-PULL. */
  transferType: string
  /**
   * Type of the endpoint in the data address that the consumer gets, such as https://w3id.org/idsa/v4.1/HTTP. Defaults
   * to that of the transfer type.
   */
  endpointType?: string | undefined
  /**
   * Who makes the token by which the data is fetched.
   * @default "Provider"
   */
  tokenSource?: 'Client' | 'Provider' | 'Dataplane' | undefined
  /**
   * Whether the token is renewed by the Tractus-X refresh endpoint.
   * @default false
   */
  txRenewal?: boolean | undefined
}

/** Tokens of control planes that the data plane accepts on its signaling endpoint. */
export interface DspDataPlaneSignaling {
  /** Address of the keys by which the tokens are verified. */
  jwksUrl: string
  /** Issuer that tokens must name (claim iss). Not checked if absent. */
  issuer?: string | undefined
  /** Audience that tokens must name (claim aud). */
  audience: string
  /**
   * Scope that tokens must carry (claim scope).
   * @default "dplane-signaling"
   */
  requiredScope?: string | undefined
}

/** Upper limits on what the pool takes. */
export interface DspDataPlaneCapacity {
  /**
   * Largest number of DataPlanes that are attached.
   * @default 200
   */
  maxAttachments?: number | undefined
}

/** Namespaces whose DataPlanes may attach. */
export interface DspDataPlaneAllowedNamespaces {
  /**
   * Same is the namespace of this object, All every namespace, Selector those whose labels fit selector.
   * @default "All"
   */
  from?: 'Same' | 'All' | 'Selector' | undefined
  /**
   * Labels of the namespaces, all of which must fit. Required for from Selector, forbidden otherwise. An empty
   * selector fits every namespace.
   */
  selector?: DspDataPlaneSelector | undefined
}

/**
 * Labels of the namespaces, all of which must fit. Required for from Selector, forbidden otherwise. An empty
 * selector fits every namespace.
 */
export interface DspDataPlaneSelector {
  /** Labels and the values that they must have. */
  matchLabels?: Record<string, string> | undefined
  /** Conditions on labels. */
  matchExpressions?: Array<DspDataPlaneMatchExpression> | undefined
}

/** One condition on a label. */
export interface DspDataPlaneMatchExpression {
  /** Name of the label. */
  key: string
  /** How the label relates to values. */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Values for In and NotIn. */
  values?: Array<string> | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface DspDataPlaneStatus {
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
  conditions?: Array<DspDataPlaneCondition> | undefined
  /** Number of DataPlanes that are attached. */
  attachments?: number | undefined
  /** Addresses at which it is reached, public, signaling and refresh. */
  endpoints?: Array<DspDataPlaneEndpoint> | undefined
  /** Version of the runtime that runs. */
  version?: string | undefined
  /** Number of replicas that exist. */
  replicas?: number | undefined
  /** Number of replicas that are ready. */
  readyReplicas?: number | undefined
  /** Label selector of the pods, for the scale subresource. */
  selector?: string | undefined
}

/** One observation about the object. */
export interface DspDataPlaneCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, SignalingReady or CapacityAvailable. */
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

/** One address. */
export interface DspDataPlaneEndpoint {
  /** Name of the endpoint. */
  name: string
  /** Address of the endpoint. */
  url: string
  /** How the endpoint is reached from outside the cluster; Internal is not at all. */
  exposure?: 'Internal' | 'Ingress' | 'Gateway' | undefined
}

/**
 * A shared data plane is a pool of one runtime that moves data for the connectors of many organizations by the data
 * plane signaling protocol. The platform runs it; a DataPlane of mode Shared attaches a connector to it.
 */
export const DspDataPlane: Kind<DspDataPlaneSpec, DspDataPlaneStatus> = {
  group: 'enablement.kaphera.com',
  version: 'v1alpha1',
  kind: 'DspDataPlane',
  plural: 'dspdataplanes',
  singular: 'dspdataplane',
  shortNames: ['ddp'],
  spec: async () => (await import('./specs/dspdataplanes.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Implementation', type: 'string', jsonPath: '.spec.implementation', priority: 0 },
    { name: 'Attachments', type: 'integer', jsonPath: '.status.attachments', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Version', type: 'string', jsonPath: '.status.version', priority: 1 },
    { name: 'Hostname', type: 'string', jsonPath: '.spec.hostname', priority: 1 },
    { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.cellRef.name', 'spec.vaultRef.name', 'status.phase'],
  scale: '.spec.replicas',
  scope: 'platform',
  references: { cellRef: { plural: 'cells', namespaced: true }, vaultRef: { plural: 'vaults', namespaced: false } },
  sharing: { namespaces: 'spec.allowedNamespaces' },
  privateFields: ['spec.database.external', 'spec.allowedNamespaces.selector'],
}
