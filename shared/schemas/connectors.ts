// Generated from infra/crds/edc.kaphera.com_connectors.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Which connector runs for which participant, and how it is reached. */
export interface ConnectorSpec {
  /**
   * Build of the connector. Upstream is that of Eclipse Dataspace Components, Tractusx that of Eclipse Tractus-X,
   * Custom is controlPlane.image. Immutable.
   * @default "Tractusx"
   */
  distribution?: 'Upstream' | 'Tractusx' | 'Custom' | undefined
  /** Version of the distribution (SemVer). The operator refuses an older one than before. */
  version: string
  /**
   * Dedicated has a control plane of its own, Virtual is a participant context in a runtime that others share.
   * Immutable.
   * @default "Dedicated"
   */
  tenancy?: 'Dedicated' | 'Virtual' | undefined
  /** Participant for whom the connector acts, and from whom it has its DID, BPN and participant context. Immutable. */
  participantRef: ConnectorParticipantRef
  /** Cell in which the connector runs. The organization's default cell if absent. Immutable once set. */
  cellRef?: ConnectorCellRef | undefined
  /**
   * Identity hub that has the participant's credentials and issues its tokens. Exactly one of identityHubRef and
   * dcp.sts is required.
   */
  identityHubRef?: ConnectorIdentityHubRef | undefined
  /** Vault that keeps the connector's secrets and keys. Immutable. */
  vaultRef: ConnectorVaultRef
  /**
   * Versions of the dataspace protocol that the connector speaks. The name on the wire is
   * dataspace-protocol-http:2025-1 and so on.
   * @default ["2025-1"]
   */
  protocols?: Array<'2025-1' | '0.8'> | undefined
  /** Trust and identity by the Decentralized Claims Protocol. */
  dcp?: ConnectorDcp | undefined
  /**
   * Directory that resolves BPNs to DIDs (BPN-DID resolution service). The distribution Tractusx needs it for a
   * participant with a BPN: without it the operator reports the condition IdentityReady as False.
   */
  bdrs?: ConnectorBdrs | undefined
  /** Management API of the connector. Internal, with access tokens of the platform, if absent. */
  managementApi?: ConnectorManagementApi | undefined
  /** Public endpoint of the dataspace protocol. By Ingress, with a host name that the operator makes, if absent. */
  protocolApi?: ConnectorProtocolApi | undefined
  /** Workload of the control plane. One replica of the defaults if absent; forbidden with the tenancy Virtual. */
  controlPlane?: ConnectorControlPlane | undefined
  /** Database (PostgreSQL) of the control plane. Required unless tenancy is Virtual, and forbidden then. */
  database?: ConnectorDatabase | undefined
  /**
   * Whether policies are validated when they are created.
   * @default true
   */
  policyValidation?: boolean | undefined
  /**
   * Further settings of the connector, from their name to their value. A name starts with edc., tx. or web. and
   * consists of small letters, digits and dots; one that ends in password, secret, token, apikey or key is refused,
   * use configFrom.
   */
  config?: Record<string, string> | undefined
  /**
   * Secrets with further settings of the connector, such as sensitive ones. A later one takes precedence over an
   * earlier one, all count more than config.
   */
  configFrom?: Array<ConnectorConfigFrom> | undefined
  /**
   * Stops the connector while true. Its data stay.
   * @default false
   */
  suspended?: boolean | undefined
  /**
   * What happens to the database and the vault's folder when the connector is deleted. Delete removes them, Retain
   * keeps them.
   * @default "Delete"
   */
  deletionPolicy?: 'Delete' | 'Retain' | undefined
}

/** Participant for whom the connector acts, and from whom it has its DID, BPN and participant context. Immutable. */
export interface ConnectorParticipantRef {
  /** Name of the participant. */
  name: string
}

/** Cell in which the connector runs. The organization's default cell if absent. Immutable once set. */
export interface ConnectorCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/**
 * Identity hub that has the participant's credentials and issues its tokens. Exactly one of identityHubRef and
 * dcp.sts is required.
 */
export interface ConnectorIdentityHubRef {
  /** Name of the identity hub. */
  name: string
}

/** Vault that keeps the connector's secrets and keys. Immutable. */
export interface ConnectorVaultRef {
  /** Name of the vault. */
  name: string
}

/** Trust and identity by the Decentralized Claims Protocol. */
export interface ConnectorDcp {
  /** Issuers whose credentials the connector accepts, besides those of its dataspace profiles. */
  trustedIssuers?: Array<ConnectorTrustedIssuer> | undefined
  /** Secure token service of a wallet outside the platform. Exactly one of identityHubRef and dcp.sts is required. */
  sts?: ConnectorSts | undefined
  /** Entry of the connector in the DID document of its participant. */
  didService?: ConnectorDidService | undefined
  /** Cache of the counterparties' presentations. */
  presentationCache?: ConnectorPresentationCache | undefined
}

/** One issuer. */
export interface ConnectorTrustedIssuer {
  /** DID of the issuer. */
  id: string
  /**
   * Types of credentials that the issuer is trusted for; * means all.
   * @default ["*"]
   */
  supportedTypes?: Array<string> | undefined
}

/** Secure token service of a wallet outside the platform. Exactly one of identityHubRef and dcp.sts is required. */
export interface ConnectorSts {
  /** Address at which self-issued tokens are requested. */
  tokenUrl: string
  /** OAuth client identifier at the secure token service. */
  clientId: string
  /** OAuth client secret at the secure token service, by reference. */
  clientSecret: ConnectorClientSecret
  /** Address of the wallet's interface in the dialect of DIV, where the wallet has no standard one. */
  divUrl?: string | undefined
}

/** OAuth client secret at the secure token service, by reference. */
export interface ConnectorClientSecret {
  /** Key of a Secret in the namespace of this object that holds the value. */
  secretRef?: ConnectorSecretRef | undefined
  /** Alias in the vault under which the value is stored. */
  vaultAlias?: string | undefined
}

/** Key of a Secret in the namespace of this object that holds the value. */
export interface ConnectorSecretRef {
  /** Name of the Secret. */
  name: string
  /** Key of the value within the Secret. */
  key: string
}

/** Entry of the connector in the DID document of its participant. */
export interface ConnectorDidService {
  /**
   * Whether the connector enters its protocol endpoint there itself.
   * @default false
   */
  selfRegistration?: boolean | undefined
}

/** Cache of the counterparties' presentations. */
export interface ConnectorPresentationCache {
  /**
   * Whether presentations are cached.
   * @default true
   */
  enabled?: boolean | undefined
  /**
   * Seconds for which a presentation is used again.
   * @default 86400
   */
  validitySeconds?: number | undefined
}

/**
 * Directory that resolves BPNs to DIDs (BPN-DID resolution service). The distribution Tractusx needs it for a
 * participant with a BPN: without it the operator reports the condition IdentityReady as False.
 */
export interface ConnectorBdrs {
  /** Address of the directory, to which a presentation of the membership is sent. */
  url: string
  /**
   * Seconds for which the directory is cached.
   * @default 600
   */
  cacheValiditySeconds?: number | undefined
}

/** Management API of the connector. Internal, with access tokens of the platform, if absent. */
export interface ConnectorManagementApi {
  /** How the management API is reached. Internal if absent. */
  exposure?: ConnectorExposure | undefined
  /** How callers are authenticated. OAuth2 with the platform's issuer if absent. */
  auth?: ConnectorAuth | undefined
}

/** How the management API is reached. Internal if absent. */
export interface ConnectorExposure {
  /**
   * How the endpoint is reached. Internal is from within the cluster, Ingress and Gateway from outside.
   * @default "Internal"
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
  tls?: ConnectorTls | undefined
}

/** Transport encryption of the endpoint. With a certificate of the issuer of the cell if absent. */
export interface ConnectorTls {
  /**
   * Whether the endpoint is encrypted.
   * @default true
   */
  enabled?: boolean | undefined
  /** Name of a Secret of type kubernetes.io/tls in the namespace of this object. Not together with issuerRef. */
  secretName?: string | undefined
  /** Issuer of cert-manager for the certificate. Not together with secretName. */
  issuerRef?: ConnectorIssuerRef | undefined
}

/** Issuer of cert-manager for the certificate. Not together with secretName. */
export interface ConnectorIssuerRef {
  /** Name of the issuer. */
  name: string
  /** Kind of the issuer. An Issuer is looked up in the namespace of this object. */
  kind: 'Issuer' | 'ClusterIssuer'
}

/** How callers are authenticated. OAuth2 with the platform's issuer if absent. */
export interface ConnectorAuth {
  /**
   * ApiKey is a shared key, OAuth2 are access tokens of an issuer.
   * @default "OAuth2"
   */
  type?: 'ApiKey' | 'OAuth2' | undefined
  /** The key, by reference. Required with ApiKey, forbidden otherwise. */
  apiKey?: ConnectorClientSecret | undefined
  /** Address of the issuer's keys (JWKS). Required with OAuth2, forbidden otherwise. */
  jwksUrl?: string | undefined
  /** Issuer of the tokens, as in their claim iss. Required with OAuth2, forbidden otherwise. */
  issuer?: string | undefined
  /** Audience that a token must have. Not checked if absent; only with OAuth2. */
  audience?: string | undefined
}

/** Public endpoint of the dataspace protocol. By Ingress, with a host name that the operator makes, if absent. */
export interface ConnectorProtocolApi {
  /** How the endpoint is reached. By Ingress if absent. */
  exposure?: ConnectorProtocolApiExposure | undefined
}

/** How the endpoint is reached. By Ingress if absent. */
export interface ConnectorProtocolApiExposure {
  /**
   * How the endpoint is reached. Internal is from within the cluster, Ingress and Gateway from outside.
   * @default "Ingress"
   */
  type?: 'Internal' | 'Ingress' | 'Gateway' | undefined
  /**
   * Host name of the endpoint. The operator makes one in the DNS zone of the cell if absent. Immutable once the
   * connector has been ready, since catalogs and DID documents have it.
   */
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
  tls?: ConnectorTls | undefined
}

/** Workload of the control plane. One replica of the defaults if absent; forbidden with the tenancy Virtual. */
export interface ConnectorControlPlane {
  /**
   * Number of replicas of the control plane. No effect while autoscaling is given.
   * @default 1
   */
  replicas?: number | undefined
  /** Sets the number of replicas by load. replicas then has no effect. */
  autoscaling?: ConnectorAutoscaling | undefined
  /** Compute resources of each replica. Defaults to those of the operator. */
  resources?: ConnectorResources | undefined
  /** Container image of the control plane. Defaults to that of the version. */
  image?: ConnectorImage | undefined
  /**
   * Lowest severity that is logged.
   * @default "INFO"
   */
  logLevel?: 'SEVERE' | 'WARNING' | 'INFO' | 'DEBUG' | undefined
}

/** Sets the number of replicas by load. replicas then has no effect. */
export interface ConnectorAutoscaling {
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
export interface ConnectorResources {
  /** What is reserved for a replica. */
  requests?: ConnectorRequests | undefined
  /** What a replica gets at most. */
  limits?: ConnectorRequests | undefined
}

/** What is reserved for a replica. */
export interface ConnectorRequests {
  /** Processor time in cores, such as 500m or 2. */
  cpu?: number | string | undefined
  /** Memory in bytes, such as 512Mi or 2Gi. */
  memory?: number | string | undefined
}

/** Container image of the control plane. Defaults to that of the version. */
export interface ConnectorImage {
  /** Repository of the image with its registry, such as ghcr.io/eclipse/edc. */
  repository?: string | undefined
  /** Tag of the image. The version if absent. */
  tag?: string | undefined
  /** Digest of the image. It takes precedence over the tag. */
  digest?: string | undefined
  /** When the image is pulled. The cluster's default if absent. */
  pullPolicy?: 'IfNotPresent' | 'Always' | 'Never' | undefined
  /** Secrets in the namespace of this object with credentials of the registry. */
  pullSecretRefs?: Array<ConnectorPullSecretRef> | undefined
}

/** Reference to a Secret. */
export interface ConnectorPullSecretRef {
  /** Name of the Secret. */
  name: string
}

/** Database (PostgreSQL) of the control plane. Required unless tenancy is Virtual, and forbidden then. */
export interface ConnectorDatabase {
  /** Managed if the operator runs the database, External if somebody else does. Immutable. */
  mode: 'Managed' | 'External'
  /** Database that the operator runs. Only with the mode Managed; of the defaults if absent. */
  managed?: ConnectorManaged | undefined
  /** External database. Required with the mode External, forbidden otherwise. */
  external?: ConnectorExternal | undefined
}

/** Database that the operator runs. Only with the mode Managed; of the defaults if absent. */
export interface ConnectorManaged {
  /**
   * Storage of each instance in bytes. It cannot be reduced.
   * @default "10Gi"
   */
  storageSize?: number | string | undefined
  /** Name of the StorageClass. The cluster's default if absent. */
  storageClassName?: string | undefined
  /**
   * Number of instances, of which one is primary.
   * @default 1
   */
  instances?: number | undefined
}

/** External database. Required with the mode External, forbidden otherwise. */
export interface ConnectorExternal {
  /** Host name or IPv4 address of the server. */
  host: string
  /**
   * TCP port of the server.
   * @default 5432
   */
  port?: number | undefined
  /** Name of the database. */
  database: string
  /**
   * How the connection is protected, as libpq names it. verify-full checks the certificate and the host name.
   * @default "verify-full"
   */
  sslMode?: 'disable' | 'require' | 'verify-ca' | 'verify-full' | undefined
  /** Secret in the namespace of this object with the user name and the password. */
  credentialsSecretRef: ConnectorCredentialsSecretRef
}

/** Secret in the namespace of this object with the user name and the password. */
export interface ConnectorCredentialsSecretRef {
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

/** One source of settings. */
export interface ConnectorConfigFrom {
  /** Secret in the namespace of this object, whose keys are names of settings. */
  secretRef: ConnectorConfigFromSecretRef
}

/** Secret in the namespace of this object, whose keys are names of settings. */
export interface ConnectorConfigFromSecretRef {
  /** Name of the Secret. */
  name: string
}

/** State that the operator has observed. Only the operator writes it. */
export interface ConnectorStatus {
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
  conditions?: Array<ConnectorCondition> | undefined
  /** Version that runs. */
  version?: string | undefined
  /** Where the runtime is reached: protocol, management, control and health. */
  endpoints?: Array<ConnectorEndpoint> | undefined
  /** Number of replicas that exist. */
  replicas?: number | undefined
  /** Number of replicas that do their work. */
  readyReplicas?: number | undefined
  /** Label selector of the pods, for the scale subresource. */
  selector?: string | undefined
  /** Identifier of the participant context. */
  participantContextId?: string | undefined
  /** DID of the participant. */
  participantId?: string | undefined
  /** Business partner number of the participant. */
  bpn?: string | undefined
  /** Data planes of the connector. */
  dataPlanes?: Array<ConnectorDataPlane> | undefined
  /** Names of the dataspace profiles with which the connector is associated. */
  profiles?: Array<string> | undefined
}

/** One observation about the object. */
export interface ConnectorCondition {
  /**
   * Type of the condition, such as Ready, Reconciling, Stalled, VaultReady, DatabaseReady, IdentityReady,
   * ControlPlaneAvailable, DataPlaneAvailable, ExposureReady, Upgrading or Suspended.
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
export interface ConnectorEndpoint {
  /** Name of the endpoint. */
  name: string
  /** Address of the endpoint. */
  url: string
  /** How the endpoint is reached. */
  exposure?: 'Internal' | 'Ingress' | 'Gateway' | undefined
}

/** One data plane. */
export interface ConnectorDataPlane {
  /** Name of the DataPlane. */
  name: string
  /** State of its registration at the connector. */
  state?: 'Registered' | 'Available' | 'Unavailable' | 'Unregistered' | undefined
  /** Types of transfers that it offers. */
  transferTypes?: Array<string> | undefined
}

/**
 * A connector is the control plane of a participant in dataspaces (Eclipse Dataspace Components), with what it is
 * connected to. The operator gives it a data plane, named after it with -default, whose owner it is.
 */
export const Connector: Kind<ConnectorSpec, ConnectorStatus> = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  kind: 'Connector',
  plural: 'connectors',
  singular: 'connector',
  shortNames: ['conn'],
  spec: async () => (await import('./specs/connectors.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Participant', type: 'string', jsonPath: '.spec.participantRef.name', priority: 0 },
    { name: 'Version', type: 'string', jsonPath: '.spec.version', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoints[?(@.name=="protocol")].url', priority: 1 },
    { name: 'DID', type: 'string', jsonPath: '.status.participantId', priority: 1 },
    { name: 'Tenancy', type: 'string', jsonPath: '.spec.tenancy', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: [
    'spec.cellRef.name',
    'spec.identityHubRef.name',
    'spec.participantRef.name',
    'spec.vaultRef.name',
    'status.phase',
  ],
  scale: '.spec.controlPlane.replicas',
  scope: 'organization',
  references: {
    participantRef: { plural: 'participants', namespaced: false },
    identityHubRef: { plural: 'identityhubs', namespaced: false },
    vaultRef: { plural: 'vaults', namespaced: false },
    cellRef: { plural: 'cells', namespaced: true },
  },
  participant: 'spec.participantRef.name',
  abnormalConditions: ['Upgrading', 'Suspended'],
}
