// Generated from infra/crds/cloud.kaphera.com_dataspacememberships.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Who joins which dataspace, and in which roles. */
export interface DataspaceMembershipSpec {
  /** Participant that joins. Immutable. */
  participantRef: DataspaceMembershipParticipantRef
  /** Dataspace profile of the dataspace that is joined, usually in the namespace of its authority. Immutable. */
  dataspaceRef: DataspaceMembershipDataspaceRef
  /** Roles that the participant asks for, out of the participantRoles of the dataspace profile. */
  roles?: Array<string> | undefined
  /** Acceptance of the terms of the dataspace. The server fills in who accepted and when. */
  termsAcceptance?: DataspaceMembershipTermsAcceptance | undefined
  /** Credentials to be issued to the participant. Defaults to those of the dataspace profile. */
  credentials?: Array<DataspaceMembershipCredential> | undefined
  /**
   * What the participant wants. Suspended keeps the membership and takes it out of use.
   * @default "Active"
   */
  state?: 'Active' | 'Suspended' | undefined
  /**
   * Decision on the request. Only the dataspace's authority and the platform may write it.
   * @default {}
   */
  approval?: DataspaceMembershipApproval | undefined
}

/** Participant that joins. Immutable. */
export interface DataspaceMembershipParticipantRef {
  /** Name of the participant. */
  name: string
}

/** Dataspace profile of the dataspace that is joined, usually in the namespace of its authority. Immutable. */
export interface DataspaceMembershipDataspaceRef {
  /** Name of the dataspace profile. */
  name: string
  /** Namespace of the dataspace profile. Defaults to that of the membership. */
  namespace?: string | undefined
}

/** Acceptance of the terms of the dataspace. The server fills in who accepted and when. */
export interface DataspaceMembershipTermsAcceptance {
  /** Version of the terms that is accepted. */
  version: string
  /** Time of acceptance (RFC 3339). Set by the server. */
  acceptedAt?: string | undefined
  /** Who accepted, as named by the token. Set by the server. */
  acceptedBy?: string | undefined
}

/** A credential to issue. */
export interface DataspaceMembershipCredential {
  /** Type of the credential, such as MembershipCredential. */
  type: string
  /** Format of the credential. */
  format: 'vc20-bssl/jwt' | 'vc11-sl2021/jwt'
  /** Credential definition of the issuer to use. The one for the type and format if absent. */
  definitionId?: string | undefined
  /**
   * Whether the credential is renewed before it expires.
   * @default true
   */
  autoRenew?: boolean | undefined
}

/** Decision on the request. Only the dataspace's authority and the platform may write it. */
export interface DataspaceMembershipApproval {
  /**
   * The decision, Pending until the authority has decided.
   * @default "Pending"
   */
  decision?: 'Pending' | 'Approved' | 'Denied' | undefined
  /** Why it was decided so, for the applicant to read. */
  reason?: string | undefined
  /** Who decided, as named by the token. Set by the server. */
  decidedBy?: string | undefined
  /** Time of the decision (RFC 3339). Set by the server. */
  decidedAt?: string | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface DataspaceMembershipStatus {
  /** metadata.generation of the last specification that the operator has acted on. */
  observedGeneration?: number | undefined
  /** Stage of the membership. */
  phase?:
    | 'Requested'
    | 'AwaitingApproval'
    | 'Approved'
    | 'IssuingCredentials'
    | 'Active'
    | 'Suspended'
    | 'Revoked'
    | 'Denied'
    | 'Expired'
    | 'Failed'
    | undefined
  /**
   * Conditions that the operator has observed, one per type. A condition is valid only while status.observedGeneration
   * equals metadata.generation.
   */
  conditions?: Array<DataspaceMembershipCondition> | undefined
  /** Identifier of the participant as a holder at the credential issuer. */
  holderId?: string | undefined
  /** State of each credential of the membership. */
  credentials?: Array<DataspaceMembershipStatusCredential8> | undefined
  /** Whether the dataspace profile is associated with the participant context in its connectors. */
  profileAssociated?: boolean | undefined
}

/** One observation about the object. */
export interface DataspaceMembershipCondition {
  /**
   * Type of the condition, such as Ready, Reconciling, Stalled, TermsAccepted, IdentityVerified, Approved,
   * CredentialsIssued or ProfileAssociated.
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

/** State of one credential. */
export interface DataspaceMembershipStatusCredential8 {
  /** Type of the credential. */
  type: string
  /** State of the issuance, such as Requested, Issued, Expired or Error. */
  state: string
  /** Time of issuance (RFC 3339). */
  issuedAt?: string | undefined
  /** Time of expiry (RFC 3339). */
  expiresAt?: string | undefined
  /** Human-readable reason why the last attempt failed. */
  lastError?: string | undefined
}

/**
 * A membership is a participant's request to join a dataspace and what comes of it. The authority's decision and the
 * issuance of credentials can take days, so watch it rather than wait for its creation.
 */
export const DataspaceMembership: Kind<DataspaceMembershipSpec, DataspaceMembershipStatus> = {
  group: 'cloud.kaphera.com',
  version: 'v1alpha1',
  kind: 'DataspaceMembership',
  plural: 'dataspacememberships',
  singular: 'dataspacemembership',
  shortNames: ['dsm'],
  spec: async () => (await import('./specs/dataspacememberships.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Participant', type: 'string', jsonPath: '.spec.participantRef.name', priority: 0 },
    { name: 'Dataspace', type: 'string', jsonPath: '.spec.dataspaceRef.name', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Decision', type: 'string', jsonPath: '.spec.approval.decision', priority: 1 },
    { name: 'State', type: 'string', jsonPath: '.spec.state', priority: 1 },
    { name: 'Holder', type: 'string', jsonPath: '.status.holderId', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: [
    'spec.dataspaceRef.name',
    'spec.dataspaceRef.namespace',
    'spec.participantRef.name',
    'status.phase',
  ],
  scope: 'organization',
  references: {
    participantRef: { plural: 'participants', namespaced: false },
    dataspaceRef: { plural: 'dataspaceprofiles', namespaced: true },
  },
  participant: 'spec.participantRef.name',
}
