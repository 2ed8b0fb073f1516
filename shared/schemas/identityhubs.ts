// Generated from infra/crds/edc.kaphera.com_identityhubs.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** How the identity hub runs, and what it offers to participants. */
export interface IdentityHubSpec {
  /**
   * Dedicated serves the participants of its own namespace, Shared also those of allowedNamespaces. Immutable.
   * @default "Dedicated"
   */
  mode?: 'Dedicated' | 'Shared' | undefined
  /** Version of the identity hub (SemVer). The operator refuses an older one than before. */
  version: string
  /** Public host name of the identity hub. The did:web identifiers of its participants are derived from it. Immutable. */
  hostname: string
  /**
   * Path below which DID documents are published, part of the participants' did:web identifiers. Immutable.
   * @default "/"
   */
  didPath?: string | undefined
  /** Cell in which the identity hub runs. The organization's default cell if absent. */
  cellRef?: IdentityHubCellRef | undefined
  /** Vault that keeps the participants' keys. Immutable. */
  vaultRef: IdentityHubVaultRef
  /** Database (PostgreSQL) of the identity hub. */
  database: IdentityHubDatabase
  /**
   * Number of replicas of the identity hub. No effect while autoscaling is given.
   * @default 1
   */
  replicas?: number | undefined
  /** Sets the number of replicas by load. replicas then has no effect. */
  autoscaling?: IdentityHubAutoscaling | undefined
  /** Compute resources of each replica. Defaults to those of the operator. */
  resources?: IdentityHubResources | undefined
  /** Container image of the identity hub. Defaults to that of the version. */
  image?: IdentityHubImage | undefined
  /** How each endpoint is reached. credentials and did by Ingress, the others within the cluster alone if absent. */
  exposure?: IdentityHubExposure | undefined
  /** Access to the API by which participants are managed. The platform's issuer if absent. */
  api?: IdentityHubApi | undefined
  /** What the keys of participants are where nothing else is said. */
  keyDefaults?: IdentityHubKeyDefaults | undefined
  /** How credentials are looked after. */
  credentials?: IdentityHubSpecCredentials21 | undefined
  /** Secure token service of the identity hub. */
  sts?: IdentityHubSts | undefined
  /** Namespaces whose objects may use the identity hub. Only with the mode Shared; its own namespace if absent. */
  allowedNamespaces?: IdentityHubAllowedNamespaces | undefined
}

/** Cell in which the identity hub runs. The organization's default cell if absent. */
export interface IdentityHubCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/** Vault that keeps the participants' keys. Immutable. */
export interface IdentityHubVaultRef {
  /** Name of the vault. */
  name: string
}

/** Database (PostgreSQL) of the identity hub. */
export interface IdentityHubDatabase {
  /** Managed if the operator runs the database, External if somebody else does. Immutable. */
  mode: 'Managed' | 'External'
  /** Database that the operator runs. Only with the mode Managed; of the defaults if absent. */
  managed?: IdentityHubManaged | undefined
  /** External database. Required with the mode External, forbidden otherwise. */
  external?: IdentityHubExternal | undefined
}

/** Database that the operator runs. Only with the mode Managed; of the defaults if absent. */
export interface IdentityHubManaged {
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
export interface IdentityHubExternal {
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
  credentialsSecretRef: IdentityHubCredentialsSecretRef
}

/** Secret in the namespace of this object with the user name and the password. */
export interface IdentityHubCredentialsSecretRef {
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

/** Sets the number of replicas by load. replicas then has no effect. */
export interface IdentityHubAutoscaling {
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
export interface IdentityHubResources {
  /** What is reserved for a replica. */
  requests?: IdentityHubRequests | undefined
  /** What a replica gets at most. */
  limits?: IdentityHubRequests | undefined
}

/** What is reserved for a replica. */
export interface IdentityHubRequests {
  /** Processor time in cores, such as 500m or 2. */
  cpu?: number | string | undefined
  /** Memory in bytes, such as 512Mi or 2Gi. */
  memory?: number | string | undefined
}

/** Container image of the identity hub. Defaults to that of the version. */
export interface IdentityHubImage {
  /** Repository of the image with its registry, such as ghcr.io/eclipse/edc. */
  repository?: string | undefined
  /** Tag of the image. The version if absent. */
  tag?: string | undefined
  /** Digest of the image. It takes precedence over the tag. */
  digest?: string | undefined
  /** When the image is pulled. The cluster's default if absent. */
  pullPolicy?: 'IfNotPresent' | 'Always' | 'Never' | undefined
  /** Secrets in the namespace of this object with credentials of the registry. */
  pullSecretRefs?: Array<IdentityHubPullSecretRef> | undefined
}

/** Reference to a Secret. */
export interface IdentityHubPullSecretRef {
  /** Name of the Secret. */
  name: string
}

/** How each endpoint is reached. credentials and did by Ingress, the others within the cluster alone if absent. */
export interface IdentityHubExposure {
  /** The API by which participants are managed. Internal if absent. */
  identity?: IdentityHubIdentity | undefined
  /** The credential service at which counterparties request presentations. By Ingress if absent. */
  credentials?: IdentityHubCredentials | undefined
  /** The DID documents, always on spec.hostname. By Ingress if absent. */
  did?: IdentityHubDid | undefined
  /** The secure token service at which connectors request self-issued tokens. Internal if absent. */
  sts?: IdentityHubIdentity | undefined
}

/** The API by which participants are managed. Internal if absent. */
export interface IdentityHubIdentity {
  /**
   * How the endpoint is reached. Internal is from within the cluster, Ingress and Gateway from outside.
   * @default "Internal"
   */
  type?: 'Internal' | 'Ingress' | 'Gateway' | undefined
  /** Host name of the endpoint. spec.hostname if absent. */
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
  tls?: IdentityHubTls | undefined
}

/** Transport encryption of the endpoint. With a certificate of the issuer of the cell if absent. */
export interface IdentityHubTls {
  /**
   * Whether the endpoint is encrypted.
   * @default true
   */
  enabled?: boolean | undefined
  /** Name of a Secret of type kubernetes.io/tls in the namespace of this object. Not together with issuerRef. */
  secretName?: string | undefined
  /** Issuer of cert-manager for the certificate. Not together with secretName. */
  issuerRef?: IdentityHubIssuerRef | undefined
}

/** Issuer of cert-manager for the certificate. Not together with secretName. */
export interface IdentityHubIssuerRef {
  /** Name of the issuer. */
  name: string
  /** Kind of the issuer. An Issuer is looked up in the namespace of this object. */
  kind: 'Issuer' | 'ClusterIssuer'
}

/** The credential service at which counterparties request presentations. By Ingress if absent. */
export interface IdentityHubCredentials {
  /**
   * How the endpoint is reached. Internal is from within the cluster, Ingress and Gateway from outside.
   * @default "Ingress"
   */
  type?: 'Internal' | 'Ingress' | 'Gateway' | undefined
  /** Host name of the endpoint. spec.hostname if absent. */
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
  tls?: IdentityHubTls | undefined
}

/** The DID documents, always on spec.hostname. By Ingress if absent. */
export interface IdentityHubDid {
  /**
   * How the endpoint is reached. Internal is from within the cluster, Ingress and Gateway from outside.
   * @default "Ingress"
   */
  type?: 'Internal' | 'Ingress' | 'Gateway' | undefined
  /** Name of the IngressClass or the GatewayClass. Defaults to that of the cell. */
  className?: string | undefined
  /**
   * Annotations of the Ingress or the route. Refused are those whose name, after the slash, contains snippet, starts
   * with auth-, mirror- or config-, or is permanent-redirect or proxy-ssl-secret: they change a shared controller, or
   * lead it to Secrets and hosts of others.
   */
  annotations?: Record<string, string> | undefined
  /** Transport encryption of the endpoint. With a certificate of the issuer of the cell if absent. */
  tls?: IdentityHubTls | undefined
}

/** Access to the API by which participants are managed. The platform's issuer if absent. */
export interface IdentityHubApi {
  /** How callers are authenticated, by access tokens. */
  auth: IdentityHubAuth
}

/** How callers are authenticated, by access tokens. */
export interface IdentityHubAuth {
  /** Issuer of the tokens, as in their claim iss. */
  issuer: string
  /** Address of the issuer's keys (JWKS). */
  jwksUrl: string
  /** Audience that a token must have. */
  audience: string
}

/** What the keys of participants are where nothing else is said. */
export interface IdentityHubKeyDefaults {
  /**
   * Algorithm of a key pair.
   * @default "EdDSA"
   */
  algorithm?: 'EdDSA' | 'EC' | 'RSA' | undefined
  /** Curve of a key pair. Ed25519 with EdDSA and one of the P curves with EC, P-256 if absent; none with RSA. */
  curve?: 'Ed25519' | 'P-256' | 'P-384' | 'P-521' | undefined
  /**
   * Days after which a key is rotated; 0 means never.
   * @default 0
   */
  rotationPeriodDays?: number | undefined
  /**
   * Where private keys are. Vault keeps them as secrets, VaultTransit in the engine for signatures, which they never
   * leave.
   * @default "VaultTransit"
   */
  storage?: 'Vault' | 'VaultTransit' | undefined
}

/** How credentials are looked after. */
export interface IdentityHubSpecCredentials21 {
  /**
   * Seconds before its expiry at which a credential is renewed.
   * @default 86400
   */
  renewalGraceSeconds?: number | undefined
  /**
   * Whether it is checked that credentials have not been revoked.
   * @default true
   */
  revocationCheck?: boolean | undefined
}

/** Secure token service of the identity hub. */
export interface IdentityHubSts {
  /**
   * Whether the identity hub issues self-issued tokens.
   * @default true
   */
  enabled?: boolean | undefined
  /**
   * Seconds for which a token is valid.
   * @default 300
   */
  tokenTtlSeconds?: number | undefined
}

/** Namespaces whose objects may use the identity hub. Only with the mode Shared; its own namespace if absent. */
export interface IdentityHubAllowedNamespaces {
  /**
   * Which namespaces: Same is its own, All is every namespace, Selector is those that selector matches.
   * @default "Same"
   */
  from?: 'Same' | 'All' | 'Selector' | undefined
  /** Labels of the namespaces. Required with Selector, forbidden otherwise. */
  selector?: IdentityHubSelector | undefined
}

/** Labels of the namespaces. Required with Selector, forbidden otherwise. */
export interface IdentityHubSelector {
  /** Labels that a namespace must have. */
  matchLabels?: Record<string, string> | undefined
  /** Conditions on labels, all of which must hold. */
  matchExpressions?: Array<IdentityHubMatchExpression> | undefined
}

/** One condition on a label. */
export interface IdentityHubMatchExpression {
  /** Key of the label. */
  key: string
  /** What must hold of the label. In and NotIn compare with values. */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Values to compare with. Required with In and NotIn, forbidden otherwise. */
  values?: Array<string> | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface IdentityHubStatus {
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
  conditions?: Array<IdentityHubCondition> | undefined
  /** Version that runs. */
  version?: string | undefined
  /** Where the runtime is reached: identity, credentials, did, sts and presentation. */
  endpoints?: Array<IdentityHubEndpoint> | undefined
  /** Number of replicas that exist. */
  replicas?: number | undefined
  /** Number of replicas that do their work. */
  readyReplicas?: number | undefined
  /** Label selector of the pods, for the scale subresource. */
  selector?: string | undefined
  /** Number of participants that it serves. */
  participants?: number | undefined
}

/** One observation about the object. */
export interface IdentityHubCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, DatabaseReady, VaultReady, DidHostReady or StsReady. */
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
export interface IdentityHubEndpoint {
  /** Name of the endpoint. */
  name: string
  /** Address of the endpoint. */
  url: string
  /** How the endpoint is reached. */
  exposure?: 'Internal' | 'Ingress' | 'Gateway' | undefined
}

/**
 * An identity hub keeps the keys and credentials of participants, issues their self-issued tokens, presents their
 * credentials and publishes their DID documents (Decentralized Claims Protocol).
 */
export const IdentityHub: Kind<IdentityHubSpec, IdentityHubStatus> = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  kind: 'IdentityHub',
  plural: 'identityhubs',
  singular: 'identityhub',
  shortNames: ['ih'],
  spec: async () => (await import('./specs/identityhubs.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Hostname', type: 'string', jsonPath: '.spec.hostname', priority: 0 },
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Version', type: 'string', jsonPath: '.status.version', priority: 1 },
    { name: 'Participants', type: 'integer', jsonPath: '.status.participants', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.cellRef.name', 'spec.vaultRef.name', 'status.phase'],
  scale: '.spec.replicas',
  scope: 'organization',
  references: { vaultRef: { plural: 'vaults', namespaced: false }, cellRef: { plural: 'cells', namespaced: true } },
  sharing: { namespaces: 'spec.allowedNamespaces' },
  privateFields: [
    'spec.database.external',
    'spec.image.pullSecretRefs',
    'spec.exposure.identity.tls.secretName',
    'spec.exposure.credentials.tls.secretName',
    'spec.exposure.did.tls.secretName',
    'spec.exposure.sts.tls.secretName',
    'spec.allowedNamespaces.selector',
  ],
}
