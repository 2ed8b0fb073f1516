// Generated from infra/crds/cloud.kaphera.com_participants.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Identity of the participant and where it is kept. */
export interface ParticipantSpec {
  /** Name of the participant as people read it. */
  displayName?: string | undefined
  /**
   * Decentralized identifier of the participant. The identity hub generates a did:web if absent, and then status.did
   * has it; required with an external wallet. Immutable once set.
   */
  did?: string | undefined
  /** Business partner number of the legal entity in Catena-X. Immutable once set. */
  bpn?: string | undefined
  /**
   * Identifier of the participant context in the identity hub and the control planes. The operator generates a UUID if
   * absent. It must differ from the OAuth client identifier and should not equal the DID. Immutable once set.
   */
  participantContextId?: string | undefined
  /**
   * Where the participant's components run. Shared uses multi-tenant runtimes, Dedicated its own runtimes on the
   * platform's cells, Byoc the organization's own clusters. Immutable.
   * @default "Shared"
   */
  deploymentMode?: 'Shared' | 'Dedicated' | 'Byoc' | undefined
  /** Cell in which the participant's components run. The organization's default cell if absent. */
  cellRef?: ParticipantCellRef | undefined
  /**
   * Identity hub that keeps the participant's keys and credentials. Exactly one of identityHubRef and externalWallet
   * is required.
   */
  identityHubRef?: ParticipantIdentityHubRef | undefined
  /**
   * Wallet outside the platform that keeps the participant's keys and credentials. Exactly one of identityHubRef and
   * externalWallet is required.
   */
  externalWallet?: ParticipantExternalWallet | undefined
  /**
   * Whether the participant context is active. While false, no tokens and presentations are issued for it.
   * @default true
   */
  active?: boolean | undefined
  /** Key pairs of the participant. The operator creates one from the defaults of the identity hub if absent. */
  keys?: Array<ParticipantKey> | undefined
  /** Service endpoints in the DID document, besides those that the operator publishes. */
  serviceEndpoints?: Array<ParticipantServiceEndpoint> | undefined
  /** Legal entity that the participant stands for, where the organization provides it for somebody else. */
  onBehalfOf?: ParticipantOnBehalfOf | undefined
  /**
   * What happens to the participant context, its keys and its credentials when the participant is deleted. Retain
   * keeps them deactivated, Delete removes them.
   * @default "Retain"
   */
  deletionPolicy?: 'Retain' | 'Delete' | undefined
}

/** Cell in which the participant's components run. The organization's default cell if absent. */
export interface ParticipantCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/**
 * Identity hub that keeps the participant's keys and credentials. Exactly one of identityHubRef and externalWallet
 * is required.
 */
export interface ParticipantIdentityHubRef {
  /** Name of the identity hub. */
  name: string
}

/**
 * Wallet outside the platform that keeps the participant's keys and credentials. Exactly one of identityHubRef and
 * externalWallet is required.
 */
export interface ParticipantExternalWallet {
  /** Address of the wallet's secure token service, where self-issued tokens are requested. */
  stsUrl: string
  /** Address of the wallet's credential service, where presentations are requested. */
  credentialServiceUrl: string
  /** OAuth client identifier at the secure token service. */
  clientId: string
  /** OAuth client secret at the secure token service, by reference. */
  clientSecret: ParticipantClientSecret
}

/** OAuth client secret at the secure token service, by reference. */
export interface ParticipantClientSecret {
  /** Key of a Secret in the namespace of this object that holds the value. */
  secretRef?: ParticipantSecretRef | undefined
  /** Alias in the vault under which the value is stored. */
  vaultAlias?: string | undefined
}

/** Key of a Secret in the namespace of this object that holds the value. */
export interface ParticipantSecretRef {
  /** Name of the Secret. */
  name: string
  /** Key of the value within the Secret. */
  key: string
}

/** One key pair. */
export interface ParticipantKey {
  /** Name of the key pair, unique in the participant and part of the key's identifier in the DID document. */
  id: string
  /** Algorithm of the key pair. The default of the identity hub if absent. */
  algorithm?: 'EdDSA' | 'EC' | 'RSA' | undefined
  /**
   * Curve of the key pair, Ed25519 with EdDSA, one of the P curves with EC, none with RSA. The default of the identity
   * hub for the algorithm if absent.
   */
  curve?: 'Ed25519' | 'P-256' | 'P-384' | 'P-521' | undefined
  /**
   * What the key may sign. All three if absent.
   * @default ["sign_token","sign_presentation","sign_credentials"]
   */
  usage?: Array<'sign_token' | 'sign_presentation' | 'sign_credentials'> | undefined
  /** Alias in the vault of the private key. Generated if absent. */
  privateKeyAlias?: string | undefined
  /** Days after which the key is rotated; 0 means never. The default of the identity hub if absent. */
  rotationPeriodDays?: number | undefined
}

/** One service endpoint of the DID document. */
export interface ParticipantServiceEndpoint {
  /** Identifier of the service, unique in the DID document. */
  id: string
  /** Type of the service, such as CredentialService, DataService or IssuerService. */
  type: string
  /** Address of the service. */
  url: string
}

/** Legal entity that the participant stands for, where the organization provides it for somebody else. */
export interface ParticipantOnBehalfOf {
  /** Full registered name of the legal entity. */
  legalName: string
  /** Country of the registered seat, an ISO 3166-1 alpha-2 code in capital letters such as DE. */
  country?: string | undefined
  /** Registered identifiers of the legal entity, at most one per scheme. */
  identifiers?: Array<ParticipantIdentifier> | undefined
  /** E-mail address of the legal entity. */
  contactEmail?: string | undefined
}

/** One registered identifier. */
export interface ParticipantIdentifier {
  /**
   * Register that issued the identifier. BPNL is a Catena-X business partner number, LEI an ISO 17442 legal entity
   * identifier, VAT a value added tax number, DUNS a D-U-N-S number, EORI an economic operators' number, LOCAL a
   * number of a local register.
   */
  scheme: 'BPNL' | 'LEI' | 'VAT' | 'DUNS' | 'EORI' | 'LOCAL'
  /** The identifier as the register writes it. A BPNL is BPNL followed by 12 digits or capital letters. */
  value: string
}

/** State that the operator has observed. Only the operator writes it. */
export interface ParticipantStatus {
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
  conditions?: Array<ParticipantCondition> | undefined
  /** DID of the participant, given or generated. */
  did?: string | undefined
  /** Identifier of the participant context, given or generated. */
  participantContextId?: string | undefined
  /** State of the participant context in the identity hub. */
  contextState?: 'Created' | 'Activated' | 'Deactivated' | undefined
  /** State of the DID document. */
  didState?: 'Initial' | 'Generated' | 'Published' | 'Unpublished' | undefined
  /** Key pairs that exist, public facts only. */
  keyPairs?: Array<ParticipantKeyPair> | undefined
  /** Facts about the credentials that the participant holds, never the credentials themselves. */
  credentials?: Array<ParticipantCredential> | undefined
  /** Names of the Connectors of the participant. */
  connectors?: Array<string> | undefined
  /** Names of the DataspaceMemberships of the participant. */
  memberships?: Array<string> | undefined
}

/** One observation about the object. */
export interface ParticipantCondition {
  /**
   * Type of the condition, such as Ready, Reconciling, Stalled, ContextReady, DidPublished, KeysReady,
   * StsAccountReady, CredentialsValid or CredentialsExpiringSoon.
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

/** One key pair. */
export interface ParticipantKeyPair {
  /** Identifier of the key pair in the identity hub. */
  id: string
  /** Identifier of the key in the DID document (verification method). */
  keyId?: string | undefined
  /** State of the key pair. */
  state?: 'Created' | 'Activated' | 'Rotated' | 'Revoked' | undefined
  /** What the key may sign. */
  usage?: Array<'sign_token' | 'sign_presentation' | 'sign_credentials'> | undefined
  /** Time at which the key pair was created (RFC 3339). */
  createdAt?: string | undefined
  /** Time at which the key pair will be rotated (RFC 3339). */
  expiresAt?: string | undefined
}

/** Facts about one credential. */
export interface ParticipantCredential {
  /** Identifier of the credential in the identity hub. */
  id: string
  /** Type of the credential, such as MembershipCredential. */
  type?: string | undefined
  /** DID of the issuer. */
  issuer?: string | undefined
  /** Format of the credential, such as vc20-bssl/jwt. */
  format?: string | undefined
  /** State of the credential in the identity hub, such as Issued, Expired or Revoked. */
  state?: string | undefined
  /** Time of issuance (RFC 3339). */
  issuedAt?: string | undefined
  /** Time of expiry (RFC 3339). */
  expiresAt?: string | undefined
}

/**
 * A participant is one identity in dataspaces, made of one DID, its keys and its participant context. An
 * organization may have several.
 */
export const Participant: Kind<ParticipantSpec, ParticipantStatus> = {
  group: 'cloud.kaphera.com',
  version: 'v1alpha1',
  kind: 'Participant',
  plural: 'participants',
  singular: 'participant',
  shortNames: ['part'],
  spec: async () => (await import('./specs/participants.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'BPN', type: 'string', jsonPath: '.spec.bpn', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'DID', type: 'string', jsonPath: '.status.did', priority: 1 },
    { name: 'Mode', type: 'string', jsonPath: '.spec.deploymentMode', priority: 1 },
    { name: 'Context', type: 'string', jsonPath: '.status.contextState', priority: 1 },
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.cellRef.name', 'spec.identityHubRef.name', 'status.phase'],
  scope: 'organization',
  references: {
    cellRef: { plural: 'cells', namespaced: true },
    identityHubRef: { plural: 'identityhubs', namespaced: false },
  },
  participant: 'metadata.name',
  abnormalConditions: ['CredentialsExpiringSoon'],
}
