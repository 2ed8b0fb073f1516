// Generated from infra/crds/enablement.kaphera.com_digitaltwinregistries.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** The runtime, its address, its database and who may become a tenant. */
export interface DigitalTwinRegistrySpec {
  /** Version of the runtime (semantic version). The operator's own default if absent. */
  version?: string | undefined
  /**
   * Whom the runtime serves. Shared serves the participants of several organizations, Dedicated a single tenant, with
   * limits.maxTenants 1. Immutable.
   * @default "Shared"
   */
  tenancy?: 'Shared' | 'Dedicated' | undefined
  /** Cell in which it runs. The default cell of the organization if absent. */
  cellRef?: DigitalTwinRegistryCellRef | undefined
  /** Public host name of the registry, which the addresses of twins are made of. Immutable. */
  hostname: string
  /**
   * Path of the registry below its host name.
   * @default "/semantics/registry"
   */
  urlPrefix?: string | undefined
  /**
   * Version of the AAS Registry API that is served.
   * @default "3.1"
   */
  aasApiVersion?: '3.0' | '3.1' | undefined
  /** Tokens that the registry accepts. One of audience and clientId is required. */
  auth: DigitalTwinRegistryAuth
  /**
   * How the registry decides which twins a caller sees.
   * @default {}
   */
  accessControl?: DigitalTwinRegistryAccessControl | undefined
  /** Database of the registry. */
  database: DigitalTwinRegistryDatabase
  /**
   * Number of replicas. Has no effect with autoscaling.
   * @default 1
   */
  replicas?: number | undefined
  /** Scales the replicas with the load. While it is given, replicas has no effect. */
  autoscaling?: DigitalTwinRegistryAutoscaling | undefined
  /** CPU and memory of each replica. The defaults of the cell if absent. */
  resources?: DigitalTwinRegistryResources | undefined
  /**
   * How the registry is reached from outside the cluster.
   * @default {}
   */
  exposure?: DigitalTwinRegistryExposure | undefined
  /**
   * Upper limits on what the runtime takes.
   * @default {}
   */
  limits?: DigitalTwinRegistryLimits | undefined
  /**
   * Namespaces whose tenants the registry takes.
   * @default {"from":"All"}
   */
  allowedNamespaces?: DigitalTwinRegistryAllowedNamespaces | undefined
}

/** Cell in which it runs. The default cell of the organization if absent. */
export interface DigitalTwinRegistryCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/** Tokens that the registry accepts. One of audience and clientId is required. */
export interface DigitalTwinRegistryAuth {
  /** Issuer of the tokens, an OpenID provider (claim iss). */
  issuerUrl: string
  /** Audience that tokens must name (claim aud). The audience is clientId if absent. */
  audience?: string | undefined
  /** OAuth client identifier of the registry at the issuer. */
  clientId?: string | undefined
  /** Address of the issuer's keys. The one in the issuer's metadata if absent. */
  jwksUrl?: string | undefined
}

/** How the registry decides which twins a caller sees. */
export interface DigitalTwinRegistryAccessControl {
  /**
   * ExternalSubjectId goes by the business partner number in each identifier of a twin, Granular by access rules that
   * each tenant keeps in the registry.
   * @default "ExternalSubjectId"
   */
  mode?: 'ExternalSubjectId' | 'Granular' | undefined
  /**
   * Number of twins that are read from the database at once to fill a page of visible ones.
   * @default 500
   */
  fetchSize?: number | undefined
}

/** Database of the registry. */
export interface DigitalTwinRegistryDatabase {
  /** Managed is a database that the operator runs, External an existing one. Immutable. */
  mode: 'Managed' | 'External'
  /** The database that the operator runs, for mode Managed. The defaults of its fields if absent. */
  managed?: DigitalTwinRegistryManaged | undefined
  /** An existing PostgreSQL database. Required with the mode External, forbidden otherwise. */
  external?: DigitalTwinRegistryExternal | undefined
}

/** The database that the operator runs, for mode Managed. The defaults of its fields if absent. */
export interface DigitalTwinRegistryManaged {
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
export interface DigitalTwinRegistryExternal {
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
  credentialsSecretRef: DigitalTwinRegistryCredentialsSecretRef
}

/** Secret in the namespace of this object that holds user name and password. */
export interface DigitalTwinRegistryCredentialsSecretRef {
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
export interface DigitalTwinRegistryAutoscaling {
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
export interface DigitalTwinRegistryResources {
  /** What the scheduler reserves for a replica. */
  requests?: DigitalTwinRegistryRequests | undefined
  /** What a replica may use at most. */
  limits?: DigitalTwinRegistryRequests | undefined
}

/** What the scheduler reserves for a replica. */
export interface DigitalTwinRegistryRequests {
  /** CPU in cores, a whole number or a text such as 500m. */
  cpu?: number | string | undefined
  /** Memory in bytes, a whole number or a text such as 512Mi. */
  memory?: number | string | undefined
}

/** How the registry is reached from outside the cluster. */
export interface DigitalTwinRegistryExposure {
  /**
   * Internal makes a Service that only the cluster reaches, Ingress an Ingress besides, Gateway an HTTPRoute of the
   * Gateway API besides.
   * @default "Ingress"
   */
  type?: 'Internal' | 'Ingress' | 'Gateway' | undefined
  /** Public host name, which must be spec.hostname. That is used if absent. */
  hostname?: string | undefined
  /** Name of the IngressClass or GatewayClass. The default of the cell if absent. */
  className?: string | undefined
  /**
   * Annotations of the Ingress or HTTPRoute. Refused are those whose name, after the slash, contains snippet, starts
   * with auth-, mirror- or config-, or is permanent-redirect or proxy-ssl-secret: they change a shared controller, or
   * lead it to Secrets and hosts of others.
   */
  annotations?: Record<string, string> | undefined
  /**
   * TLS at the entry to the cluster.
   * @default {}
   */
  tls?: DigitalTwinRegistryTls | undefined
}

/** TLS at the entry to the cluster. */
export interface DigitalTwinRegistryTls {
  /**
   * Whether the host name is served with TLS.
   * @default true
   */
  enabled?: boolean | undefined
  /** Name of a Secret of type kubernetes.io/tls in the namespace of this object. A certificate is requested if absent. */
  secretName?: string | undefined
  /** Issuer of cert-manager for the certificate. The cell's if absent. */
  issuerRef?: DigitalTwinRegistryIssuerRef | undefined
}

/** Issuer of cert-manager for the certificate. The cell's if absent. */
export interface DigitalTwinRegistryIssuerRef {
  /** Name of the issuer. */
  name: string
  /** Kind of the issuer. An Issuer is looked up in the namespace of this object. */
  kind: 'Issuer' | 'ClusterIssuer'
}

/** Upper limits on what the runtime takes. */
export interface DigitalTwinRegistryLimits {
  /**
   * Largest number of tenants. It is 1 for tenancy Dedicated.
   * @default 500
   */
  maxTenants?: number | undefined
  /** Largest number of twins of a tenant without a quota. Not limited if absent. */
  maxShellDescriptorsPerTenant?: number | undefined
}

/** Namespaces whose tenants the registry takes. */
export interface DigitalTwinRegistryAllowedNamespaces {
  /**
   * Same is the namespace of this object, All every namespace, Selector those whose labels fit selector.
   * @default "All"
   */
  from?: 'Same' | 'All' | 'Selector' | undefined
  /**
   * Labels of the namespaces, all of which must fit. Required for from Selector, forbidden otherwise. An empty
   * selector fits every namespace.
   */
  selector?: DigitalTwinRegistrySelector | undefined
}

/**
 * Labels of the namespaces, all of which must fit. Required for from Selector, forbidden otherwise. An empty
 * selector fits every namespace.
 */
export interface DigitalTwinRegistrySelector {
  /** Labels and the values that they must have. */
  matchLabels?: Record<string, string> | undefined
  /** Conditions on labels. */
  matchExpressions?: Array<DigitalTwinRegistryMatchExpression> | undefined
}

/** One condition on a label. */
export interface DigitalTwinRegistryMatchExpression {
  /** Name of the label. */
  key: string
  /** How the label relates to values. */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Values for In and NotIn. */
  values?: Array<string> | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface DigitalTwinRegistryStatus {
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
  conditions?: Array<DigitalTwinRegistryCondition> | undefined
  /** Number of tenants. */
  tenants?: number | undefined
  /** Number of twins of all tenants. */
  shellDescriptors?: number | undefined
  /** Addresses at which it is reached, api and health. */
  endpoints?: Array<DigitalTwinRegistryEndpoint> | undefined
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
export interface DigitalTwinRegistryCondition {
  /**
   * Type of the condition, such as Ready, Reconciling, Stalled, DatabaseReady, AuthReady, ExposureReady or
   * CapacityAvailable.
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

/** One address. */
export interface DigitalTwinRegistryEndpoint {
  /** Name of the endpoint. */
  name: string
  /** Address of the endpoint. */
  url: string
  /** How the endpoint is reached from outside the cluster; Internal is not at all. */
  exposure?: 'Internal' | 'Ingress' | 'Gateway' | undefined
}

/**
 * A digital twin registry is a runtime of the registry of the Asset Administration Shell (AAS) that finds digital
 * twins. One runtime keeps the twins of many participants apart as tenants.
 */
export const DigitalTwinRegistry: Kind<DigitalTwinRegistrySpec, DigitalTwinRegistryStatus> = {
  group: 'enablement.kaphera.com',
  version: 'v1alpha1',
  kind: 'DigitalTwinRegistry',
  plural: 'digitaltwinregistries',
  singular: 'digitaltwinregistry',
  shortNames: ['dtr'],
  spec: async () => (await import('./specs/digitaltwinregistries.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Tenancy', type: 'string', jsonPath: '.spec.tenancy', priority: 0 },
    { name: 'Tenants', type: 'integer', jsonPath: '.status.tenants', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Version', type: 'string', jsonPath: '.status.version', priority: 1 },
    { name: 'Hostname', type: 'string', jsonPath: '.spec.hostname', priority: 1 },
    { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.cellRef.name', 'status.phase'],
  scale: '.spec.replicas',
  scope: 'organization',
  references: { cellRef: { plural: 'cells', namespaced: true } },
  sharing: { namespaces: 'spec.allowedNamespaces' },
  privateFields: ['spec.database.external', 'spec.exposure.tls.secretName', 'spec.allowedNamespaces.selector'],
}
