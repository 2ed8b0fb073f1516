// Generated from infra/crds/edc.kaphera.com_credentialissuers.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** The issuer, its credentials, and the rules for issuing them. */
export interface CredentialIssuerSpec {
  /** DID of the issuer, a did:web. Immutable. */
  did: string
  /** Public host name of the issuer. Immutable. */
  hostname: string
  /** Version of the issuer (SemVer). The operator refuses an older one than before. */
  version: string
  /** Identity hub that keeps the issuer's own credentials. None if absent. */
  identityHubRef?: CredentialIssuerIdentityHubRef | undefined
  /** Profile of the dataspace whose credentials are issued. Tells people and programs, has no effect. */
  dataspaceRef?: CredentialIssuerDataspaceRef | undefined
  /** Vault that keeps the issuer's keys. Immutable. */
  vaultRef: CredentialIssuerVaultRef
  /**
   * Database (PostgreSQL) of the credential issuer. One that the operator runs, of the defaults, if absent. It must
   * not be removed again.
   */
  database?: CredentialIssuerDatabase | undefined
  /**
   * Number of replicas of the issuer.
   * @default 1
   */
  replicas?: number | undefined
  /** Compute resources of each replica. Defaults to those of the operator. */
  resources?: CredentialIssuerResources | undefined
  /** Container image of the issuer. Defaults to that of the version. */
  image?: CredentialIssuerImage | undefined
  /** How each endpoint is reached. admin within the cluster alone, the others by Ingress if absent. */
  exposure?: CredentialIssuerExposure | undefined
  /** Key with which credentials are signed. A generated one if absent. */
  signing?: CredentialIssuerSigning | undefined
  /** List that says which credentials are revoked. */
  statusList?: CredentialIssuerStatusList | undefined
  /** Sources that decide whether a holder gets a credential, and that give its values. */
  attestationSources?: Array<CredentialIssuerAttestationSource> | undefined
  /** Credentials that are issued. */
  credentialDefinitions?: Array<CredentialIssuerCredentialDefinition> | undefined
}

/** Identity hub that keeps the issuer's own credentials. None if absent. */
export interface CredentialIssuerIdentityHubRef {
  /** Name of the identity hub. */
  name: string
}

/** Profile of the dataspace whose credentials are issued. Tells people and programs, has no effect. */
export interface CredentialIssuerDataspaceRef {
  /** Name of the dataspace profile. */
  name: string
  /** Namespace of the dataspace profile. Defaults to that of this object. */
  namespace?: string | undefined
}

/** Vault that keeps the issuer's keys. Immutable. */
export interface CredentialIssuerVaultRef {
  /** Name of the vault. */
  name: string
}

/**
 * Database (PostgreSQL) of the credential issuer. One that the operator runs, of the defaults, if absent. It must
 * not be removed again.
 */
export interface CredentialIssuerDatabase {
  /** Managed if the operator runs the database, External if somebody else does. Immutable. */
  mode: 'Managed' | 'External'
  /** Database that the operator runs. Only with the mode Managed; of the defaults if absent. */
  managed?: CredentialIssuerManaged | undefined
  /** External database. Required with the mode External, forbidden otherwise. */
  external?: CredentialIssuerExternal | undefined
}

/** Database that the operator runs. Only with the mode Managed; of the defaults if absent. */
export interface CredentialIssuerManaged {
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
export interface CredentialIssuerExternal {
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
  credentialsSecretRef: CredentialIssuerCredentialsSecretRef
}

/** Secret in the namespace of this object with the user name and the password. */
export interface CredentialIssuerCredentialsSecretRef {
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

/** Compute resources of each replica. Defaults to those of the operator. */
export interface CredentialIssuerResources {
  /** What is reserved for a replica. */
  requests?: CredentialIssuerRequests | undefined
  /** What a replica gets at most. */
  limits?: CredentialIssuerRequests | undefined
}

/** What is reserved for a replica. */
export interface CredentialIssuerRequests {
  /** Processor time in cores, such as 500m or 2. */
  cpu?: number | string | undefined
  /** Memory in bytes, such as 512Mi or 2Gi. */
  memory?: number | string | undefined
}

/** Container image of the issuer. Defaults to that of the version. */
export interface CredentialIssuerImage {
  /** Repository of the image with its registry, such as ghcr.io/eclipse/edc. */
  repository?: string | undefined
  /** Tag of the image. The version if absent. */
  tag?: string | undefined
  /** Digest of the image. It takes precedence over the tag. */
  digest?: string | undefined
  /** When the image is pulled. The cluster's default if absent. */
  pullPolicy?: 'IfNotPresent' | 'Always' | 'Never' | undefined
  /** Secrets in the namespace of this object with credentials of the registry. */
  pullSecretRefs?: Array<CredentialIssuerPullSecretRef> | undefined
}

/** Reference to a Secret. */
export interface CredentialIssuerPullSecretRef {
  /** Name of the Secret. */
  name: string
}

/** How each endpoint is reached. admin within the cluster alone, the others by Ingress if absent. */
export interface CredentialIssuerExposure {
  /** The API at which holders request credentials. By Ingress if absent. */
  issuance?: CredentialIssuerIssuance | undefined
  /** The status lists of revoked credentials. By Ingress if absent. */
  statusList?: CredentialIssuerIssuance | undefined
  /** The DID document, always on spec.hostname. By Ingress if absent. */
  did?: CredentialIssuerDid | undefined
  /** The API by which holders and definitions are managed. Internal if absent. */
  admin?: CredentialIssuerAdmin | undefined
}

/** The API at which holders request credentials. By Ingress if absent. */
export interface CredentialIssuerIssuance {
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
  tls?: CredentialIssuerTls | undefined
}

/** Transport encryption of the endpoint. With a certificate of the issuer of the cell if absent. */
export interface CredentialIssuerTls {
  /**
   * Whether the endpoint is encrypted.
   * @default true
   */
  enabled?: boolean | undefined
  /** Name of a Secret of type kubernetes.io/tls in the namespace of this object. Not together with issuerRef. */
  secretName?: string | undefined
  /** Issuer of cert-manager for the certificate. Not together with secretName. */
  issuerRef?: CredentialIssuerIssuerRef | undefined
}

/** Issuer of cert-manager for the certificate. Not together with secretName. */
export interface CredentialIssuerIssuerRef {
  /** Name of the issuer. */
  name: string
  /** Kind of the issuer. An Issuer is looked up in the namespace of this object. */
  kind: 'Issuer' | 'ClusterIssuer'
}

/** The DID document, always on spec.hostname. By Ingress if absent. */
export interface CredentialIssuerDid {
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
  tls?: CredentialIssuerTls | undefined
}

/** The API by which holders and definitions are managed. Internal if absent. */
export interface CredentialIssuerAdmin {
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
  tls?: CredentialIssuerTls | undefined
}

/** Key with which credentials are signed. A generated one if absent. */
export interface CredentialIssuerSigning {
  /**
   * Algorithm of the key.
   * @default "EdDSA"
   */
  algorithm?: 'EdDSA' | 'EC' | 'RSA' | undefined
  /** Alias in the vault of the private key. Generated if absent. */
  keyAlias?: string | undefined
}

/** List that says which credentials are revoked. */
export interface CredentialIssuerStatusList {
  /**
   * Format of the list.
   * @default "BitstringStatusList"
   */
  type?: 'BitstringStatusList' | 'StatusList2021' | undefined
  /** Alias in the vault of the private key that signs the list. Defaults to that of signing. */
  signingKeyAlias?: string | undefined
  /** Public address of the list. On spec.hostname if absent. */
  publicUrl?: string | undefined
}

/** One source. */
export interface CredentialIssuerAttestationSource {
  /** Name of the source, unique in the issuer. */
  id: string
  /**
   * database is a table, presentation another credential of the holder, manual a decision of people, webhook an HTTP
   * service.
   */
  type: 'database' | 'presentation' | 'manual' | 'webhook'
  /**
   * Settings of the source by its type, from their name to their value. A name that ends in password, secret, token,
   * apikey or key is refused, use credentials.
   */
  configuration?: Record<string, string> | undefined
  /** Credentials of the source, by reference. */
  credentials?: CredentialIssuerCredentials | undefined
}

/** Credentials of the source, by reference. */
export interface CredentialIssuerCredentials {
  /** Key of a Secret in the namespace of this object that holds the value. */
  secretRef?: CredentialIssuerSecretRef | undefined
  /** Alias in the vault under which the value is stored. */
  vaultAlias?: string | undefined
}

/** Key of a Secret in the namespace of this object that holds the value. */
export interface CredentialIssuerSecretRef {
  /** Name of the Secret. */
  name: string
  /** Key of the value within the Secret. */
  key: string
}

/** One kind of credential. */
export interface CredentialIssuerCredentialDefinition {
  /** Name of the definition, unique in the issuer. */
  id: string
  /** Type of the credential, such as MembershipCredential. */
  credentialType: string
  /** Format of the credential, data model and signature. */
  format: 'vc20-bssl/jwt' | 'vc11-sl2021/jwt'
  /**
   * Seconds for which a credential is valid.
   * @default 31536000
   */
  validitySeconds?: number | undefined
  /** Address of the JSON Schema of the credential's claims. */
  jsonSchemaUrl?: string | undefined
  /** Sources that are asked, by their id in attestationSources. */
  attestations?: Array<string> | undefined
  /** Conditions on the values of the sources. A credential is issued only if all hold. */
  rules?: Array<CredentialIssuerRule> | undefined
  /** Which claim of the sources becomes which claim of the credential. */
  mappings?: Array<CredentialIssuerMapping> | undefined
}

/** One rule. */
export interface CredentialIssuerRule {
  /** Type of the rule, such as expression. */
  type: string
  /** What the rule compares. */
  configuration: CredentialIssuerConfiguration
}

/** What the rule compares. */
export interface CredentialIssuerConfiguration {
  /** Path of the claim, such as onboarding.signedDocuments. */
  claim: string
  /** Operator of the comparison, such as eq. */
  operator: string
  /** Value to compare with. */
  value: string
}

/** One claim. */
export interface CredentialIssuerMapping {
  /** Path of the claim of the source. */
  input: string
  /** Path of the claim of the credential, such as credentialSubject.holderIdentifier. */
  output: string
  /**
   * Whether no credential is issued without the claim.
   * @default false
   */
  required?: boolean | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface CredentialIssuerStatus {
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
  conditions?: Array<CredentialIssuerCondition> | undefined
  /** Version that runs. */
  version?: string | undefined
  /** Where the runtime is reached: issuance, statuslist, did and admin. */
  endpoints?: Array<CredentialIssuerEndpoint> | undefined
  /** Number of replicas that exist. */
  replicas?: number | undefined
  /** Number of replicas that do their work. */
  readyReplicas?: number | undefined
  /** Label selector of the pods, for the scale subresource. */
  selector?: string | undefined
  /** State of the DID document. */
  didState?: 'Initial' | 'Generated' | 'Published' | 'Unpublished' | undefined
  /** Definitions of credentials, as the issuer knows them. */
  definitions?: Array<CredentialIssuerDefinition> | undefined
  /** Number of holders. */
  holders?: number | undefined
  /** Number of credentials that have been issued. */
  issued?: number | undefined
  /** Number of credentials that have been revoked. */
  revoked?: number | undefined
}

/** One observation about the object. */
export interface CredentialIssuerCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, DidPublished, StatusListReady or DefinitionsSynced. */
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
export interface CredentialIssuerEndpoint {
  /** Name of the endpoint. */
  name: string
  /** Address of the endpoint. */
  url: string
  /** How the endpoint is reached. */
  exposure?: 'Internal' | 'Ingress' | 'Gateway' | undefined
}

/** One definition. */
export interface CredentialIssuerDefinition {
  /** Id of the definition. */
  id: string
  /** Whether credentials of it are issued. */
  ready?: boolean | undefined
  /** Hash of the definition that the issuer has, by which a change is noticed. */
  observedHash?: string | undefined
}

/**
 * A credential issuer issues the credentials of a dataspace on behalf of its authority, and publishes which of them
 * are revoked (issuer service of the Decentralized Claims Protocol).
 */
export const CredentialIssuer: Kind<CredentialIssuerSpec, CredentialIssuerStatus> = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  kind: 'CredentialIssuer',
  plural: 'credentialissuers',
  singular: 'credentialissuer',
  shortNames: ['ci'],
  spec: async () => (await import('./specs/credentialissuers.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'DID', type: 'string', jsonPath: '.spec.did', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Version', type: 'string', jsonPath: '.status.version', priority: 1 },
    { name: 'Hostname', type: 'string', jsonPath: '.spec.hostname', priority: 1 },
    { name: 'Holders', type: 'integer', jsonPath: '.status.holders', priority: 1 },
    { name: 'Issued', type: 'integer', jsonPath: '.status.issued', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: [
    'spec.dataspaceRef.name',
    'spec.dataspaceRef.namespace',
    'spec.identityHubRef.name',
    'spec.vaultRef.name',
    'status.phase',
  ],
  scale: '.spec.replicas',
  scope: 'organization',
  references: {
    identityHubRef: { plural: 'identityhubs', namespaced: false },
    dataspaceRef: { plural: 'dataspaceprofiles', namespaced: true },
    vaultRef: { plural: 'vaults', namespaced: false },
  },
}
