// Generated from infra/crds/edc.kaphera.com_dataplanes.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** The connector of the data plane, and what it can transfer. */
export interface DataPlaneSpec {
  /** Connector at which the data plane is registered. Immutable. */
  connectorRef: DataPlaneConnectorRef
  /**
   * Dedicated has a runtime of its own, Shared uses sharedDataPlaneRef. Immutable.
   * @default "Dedicated"
   */
  mode?: 'Dedicated' | 'Shared' | undefined
  /** Pool of data planes of which this one is a share. Required with the mode Shared, forbidden otherwise. Immutable. */
  sharedDataPlaneRef?: DataPlaneSharedDataPlaneRef | undefined
  /**
   * Types of transfers that the data plane offers.
   * @default ["HttpData-PULL"]
   */
  transferTypes?: Array<string> | undefined
  /**
   * Types of data sources from which data may be read.
   * @default ["HttpData"]
   */
  allowedSourceTypes?: Array<string> | undefined
  /** Types of destinations that the data plane provisions before a transfer. None if absent. */
  destinationProvisionTypes?: Array<string> | undefined
  /** Labels by which the connector chooses a data plane for a transfer. */
  labels?: Array<string> | undefined
  /**
   * Version of the data plane (SemVer). The operator refuses an older one than before. That of the connector if
   * absent.
   */
  version?: string | undefined
  /** Number of replicas. One if absent; no effect while autoscaling is given; forbidden with the mode Shared. */
  replicas?: number | undefined
  /** Sets the number of replicas by load. replicas then has no effect. */
  autoscaling?: DataPlaneAutoscaling | undefined
  /** Compute resources of each replica. Defaults to those of the operator. */
  resources?: DataPlaneResources | undefined
  /** Container image of the data plane. Defaults to that of the version. */
  image?: DataPlaneImage | undefined
  /**
   * How the public endpoint is reached, at which counterparties fetch data. By Ingress if absent; forbidden with the
   * mode Shared.
   */
  publicApi?: DataPlanePublicApi | undefined
  /** Tokens with which counterparties fetch data. */
  token?: DataPlaneToken | undefined
  /** Forward proxy by which the own applications fetch data of counterparties. */
  proxy?: DataPlaneProxy | undefined
  /** Object stores that the data plane reads from and writes to. */
  storages?: Array<DataPlaneStorage> | undefined
  /** Restricts who reaches the runtime from within the cluster. */
  networkPolicy?: DataPlaneNetworkPolicy | undefined
  /**
   * Stops the data plane while true.
   * @default false
   */
  suspended?: boolean | undefined
}

/** Connector at which the data plane is registered. Immutable. */
export interface DataPlaneConnectorRef {
  /** Name of the connector. */
  name: string
}

/** Pool of data planes of which this one is a share. Required with the mode Shared, forbidden otherwise. Immutable. */
export interface DataPlaneSharedDataPlaneRef {
  /** Name of the DspDataPlane. */
  name: string
  /** Namespace of the DspDataPlane. Defaults to that of this object. */
  namespace?: string | undefined
}

/** Sets the number of replicas by load. replicas then has no effect. */
export interface DataPlaneAutoscaling {
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

/** Compute resources of each replica. Defaults to those of the operator. */
export interface DataPlaneResources {
  /** What is reserved for a replica. */
  requests?: DataPlaneRequests | undefined
  /** What a replica gets at most. */
  limits?: DataPlaneRequests | undefined
}

/** What is reserved for a replica. */
export interface DataPlaneRequests {
  /** Processor time in cores, such as 500m or 2. */
  cpu?: number | string | undefined
  /** Memory in bytes, such as 512Mi or 2Gi. */
  memory?: number | string | undefined
}

/** Container image of the data plane. Defaults to that of the version. */
export interface DataPlaneImage {
  /** Repository of the image with its registry, such as ghcr.io/eclipse/edc. */
  repository?: string | undefined
  /** Tag of the image. The version if absent. */
  tag?: string | undefined
  /** Digest of the image. It takes precedence over the tag. */
  digest?: string | undefined
  /** When the image is pulled. The cluster's default if absent. */
  pullPolicy?: 'IfNotPresent' | 'Always' | 'Never' | undefined
  /** Secrets in the namespace of this object with credentials of the registry. */
  pullSecretRefs?: Array<DataPlanePullSecretRef> | undefined
}

/** Reference to a Secret. */
export interface DataPlanePullSecretRef {
  /** Name of the Secret. */
  name: string
}

/**
 * How the public endpoint is reached, at which counterparties fetch data. By Ingress if absent; forbidden with the
 * mode Shared.
 */
export interface DataPlanePublicApi {
  /**
   * How the endpoint is reached. Internal is from within the cluster, Ingress and Gateway from outside.
   * @default "Ingress"
   */
  type?: 'Internal' | 'Ingress' | 'Gateway' | undefined
  /** Host name of the endpoint. The operator makes one in the DNS zone of the cell if absent. */
  hostname?: string | undefined
  /** Name of the IngressClass or the GatewayClass. Defaults to that of the cell. */
  className?: string | undefined
  /**
   * Annotations of the Ingress or the route. Refused are those whose name, after the slash, contains snippet, starts
   * with auth-, mirror- or config-, or is permanent-redirect or proxy-ssl-secret: they change a shared controller, or
   * lead it to Secrets and hosts of others.
   */
  annotations?: Record<string, string> | undefined
  /** Transport encryption of the endpoint. With a certificate of the issuer of the cell if absent. */
  tls?: DataPlaneTls | undefined
}

/** Transport encryption of the endpoint. With a certificate of the issuer of the cell if absent. */
export interface DataPlaneTls {
  /**
   * Whether the endpoint is encrypted.
   * @default true
   */
  enabled?: boolean | undefined
  /** Name of a Secret of type kubernetes.io/tls in the namespace of this object. Not together with issuerRef. */
  secretName?: string | undefined
  /** Issuer of cert-manager for the certificate. Not together with secretName. */
  issuerRef?: DataPlaneIssuerRef | undefined
}

/** Issuer of cert-manager for the certificate. Not together with secretName. */
export interface DataPlaneIssuerRef {
  /** Name of the issuer. */
  name: string
  /** Kind of the issuer. An Issuer is looked up in the namespace of this object. */
  kind: 'Issuer' | 'ClusterIssuer'
}

/** Tokens with which counterparties fetch data. */
export interface DataPlaneToken {
  /**
   * Alias in the vault of the private key that signs tokens. The operator generates a key with the object's name and
   * -signer if absent.
   */
  signerKeyAlias?: string | undefined
  /**
   * Alias in the vault of the public key that verifies tokens. The operator generates a key with the object's name and
   * -verifier if absent.
   */
  verifierKeyAlias?: string | undefined
  /**
   * Seconds for which a token is valid.
   * @default 300
   */
  expirySeconds?: number | undefined
  /**
   * Seconds by which clocks may differ.
   * @default 10
   */
  toleranceSeconds?: number | undefined
  /** Address of the endpoint that renews tokens. Defaults to that of the public endpoint. */
  refreshEndpoint?: string | undefined
}

/** Forward proxy by which the own applications fetch data of counterparties. */
export interface DataPlaneProxy {
  /**
   * Whether there is the proxy.
   * @default false
   */
  enabled?: boolean | undefined
  /** Key with which applications authenticate themselves, by reference. Required while enabled. */
  authKey?: DataPlaneAuthKey | undefined
}

/** Key with which applications authenticate themselves, by reference. Required while enabled. */
export interface DataPlaneAuthKey {
  /** Key of a Secret in the namespace of this object that holds the value. */
  secretRef?: DataPlaneSecretRef | undefined
  /** Alias in the vault under which the value is stored. */
  vaultAlias?: string | undefined
}

/** Key of a Secret in the namespace of this object that holds the value. */
export interface DataPlaneSecretRef {
  /** Name of the Secret. */
  name: string
  /** Key of the value within the Secret. */
  key: string
}

/** One object store. */
export interface DataPlaneStorage {
  /** Name of the object store, unique in the data plane. */
  name: string
  /** Product of the object store. */
  type: 'AmazonS3' | 'AzureStorage' | 'GoogleStorage'
  /** Address of the object store. Defaults to that of the product. */
  endpoint?: string | undefined
  /** Region of the object store, as its provider names it. */
  region?: string | undefined
  /** Secret in the namespace of this object with credentials of the object store. */
  credentialsSecretRef: DataPlaneCredentialsSecretRef
}

/** Secret in the namespace of this object with credentials of the object store. */
export interface DataPlaneCredentialsSecretRef {
  /** Name of the Secret. */
  name: string
}

/** Restricts who reaches the runtime from within the cluster. */
export interface DataPlaneNetworkPolicy {
  /**
   * Whether access is restricted.
   * @default true
   */
  enabled?: boolean | undefined
  /** Namespaces from which the runtime is reached. Defaults to that of this object alone. */
  allowedSources?: Array<DataPlaneAllowedSource> | undefined
}

/** One choice of namespaces. */
export interface DataPlaneAllowedSource {
  /** Labels of the namespaces. All namespaces if empty. */
  namespaceSelector: DataPlaneNamespaceSelector
}

/** Labels of the namespaces. All namespaces if empty. */
export interface DataPlaneNamespaceSelector {
  /** Labels that a namespace must have. */
  matchLabels?: Record<string, string> | undefined
  /** Conditions on labels, all of which must hold. */
  matchExpressions?: Array<DataPlaneMatchExpression> | undefined
}

/** One condition on a label. */
export interface DataPlaneMatchExpression {
  /** Key of the label. */
  key: string
  /** What must hold of the label. In and NotIn compare with values. */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Values to compare with. Required with In and NotIn, forbidden otherwise. */
  values?: Array<string> | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface DataPlaneStatus {
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
  conditions?: Array<DataPlaneCondition> | undefined
  /** Version that runs. */
  version?: string | undefined
  /** Where the runtime is reached: public, control and signaling. */
  endpoints?: Array<DataPlaneEndpoint> | undefined
  /** Number of replicas that exist. */
  replicas?: number | undefined
  /** Number of replicas that do their work. */
  readyReplicas?: number | undefined
  /** Label selector of the pods, for the scale subresource. */
  selector?: string | undefined
  /** Identifier under which the data plane is registered at the connector. */
  dataPlaneId?: string | undefined
  /** State of the registration at the connector. */
  registrationState?: 'Registered' | 'Available' | 'Unavailable' | 'Unregistered' | undefined
  /** Time at which the data plane last told the connector that it works (RFC 3339). */
  lastActive?: string | undefined
}

/** One observation about the object. */
export interface DataPlaneCondition {
  /**
   * Type of the condition, such as Ready, Reconciling, Stalled, Registered, KeysReady, ExposureReady or
   * RuntimeAvailable.
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

/** One endpoint. */
export interface DataPlaneEndpoint {
  /** Name of the endpoint. */
  name: string
  /** Address of the endpoint. */
  url: string
  /** How the endpoint is reached. */
  exposure?: 'Internal' | 'Ingress' | 'Gateway' | undefined
}

/**
 * A data plane transfers data on behalf of one connector, at which it is registered. It has a runtime of its own or
 * a share in a pool of data planes. One that its connector owns cannot be changed directly.
 */
export const DataPlane: Kind<DataPlaneSpec, DataPlaneStatus> = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  kind: 'DataPlane',
  plural: 'dataplanes',
  singular: 'dataplane',
  shortNames: ['dp'],
  spec: async () => (await import('./specs/dataplanes.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Connector', type: 'string', jsonPath: '.spec.connectorRef.name', priority: 0 },
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 0 },
    { name: 'State', type: 'string', jsonPath: '.status.registrationState', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Version', type: 'string', jsonPath: '.status.version', priority: 1 },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoints[?(@.name=="public")].url', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.connectorRef.name', 'spec.sharedDataPlaneRef.name', 'status.phase'],
  scale: '.spec.replicas',
  scope: 'organization',
  references: {
    connectorRef: { plural: 'connectors', namespaced: false },
    sharedDataPlaneRef: { plural: 'dspdataplanes', namespaced: true },
  },
}
