// Generated from infra/crds/cloud.kaphera.com_dataspaceprofiles.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** The dataspace, its protocol, its rules of trust and its onboarding. */
export interface DataspaceProfileSpec {
  /** Name of the dataspace as people read it. */
  displayName?: string | undefined
  /** What the dataspace is for. */
  description?: string | undefined
  /**
   * URI that identifies the dataspace, such as https://w3id.org/catenax. Several profiles of one dataspace share it.
   * Immutable.
   */
  dataspaceId: string
  /**
   * Organization that is the authority of the dataspace and decides on memberships. It is the one in whose namespace
   * the profile lives. Immutable.
   */
  authorityRef: DataspaceProfileAuthorityRef
  /** Protocol by which the members' connectors talk to each other. */
  protocol: DataspaceProfileProtocol
  /** JSON-LD contexts that messages in the dataspace use besides the protocol's own, in order. */
  jsonLdContextUrls?: Array<string> | undefined
  /** Issuers whose credentials count in the dataspace. */
  trustedIssuers: Array<DataspaceProfileTrustedIssuer>
  /** Credentials that a member needs. Their issuers must be among trustedIssuers. */
  credentialSpecs?: Array<DataspaceProfileCredentialSpec> | undefined
  /** Documents that state the policies of the dataspace, such as a rule book. */
  policyArtifacts?: Array<DataspaceProfilePolicyArtifact> | undefined
  /** Roles that a member may ask for. */
  participantRoles?: Array<string> | undefined
  /**
   * How a participant becomes a member.
   * @default {}
   */
  onboarding?: DataspaceProfileOnboarding | undefined
  /**
   * Who besides the authority sees the profile and may refer to it. Private is nobody, Organizations those in
   * allowedOrganizations, Public every organization.
   * @default "Private"
   */
  visibility?: 'Private' | 'Organizations' | 'Public' | undefined
  /** Names of the organizations that see the profile where visibility is Organizations. */
  allowedOrganizations?: Array<string> | undefined
  /** Cells in which the profile is deployed. All that serve the authority if absent. */
  cells?: Array<DataspaceProfileCell> | undefined
  /** Credential issuer on the platform that issues the dataspace's credentials. They come from outside if absent. */
  issuerRef?: DataspaceProfileIssuerRef | undefined
  /**
   * Stage of the profile. A Draft takes no members, a Published profile does, a Deprecated one keeps its members and
   * takes no new ones, a Retired one is out of use. Once left, Draft never comes back.
   * @default "Draft"
   */
  lifecycle?: 'Draft' | 'Published' | 'Deprecated' | 'Retired' | undefined
}

/**
 * Organization that is the authority of the dataspace and decides on memberships. It is the one in whose namespace
 * the profile lives. Immutable.
 */
export interface DataspaceProfileAuthorityRef {
  /** Name of the organization. */
  name: string
}

/** Protocol by which the members' connectors talk to each other. */
export interface DataspaceProfileProtocol {
  /**
   * Name of the protocol.
   * @default "dataspace-protocol-http"
   */
  name?: string | undefined
  /** Version of the protocol. Immutable; a new version is a new profile. */
  version: '2025-1' | '0.8'
  /**
   * Transport binding of the protocol.
   * @default "HTTPS"
   */
  binding?: string | undefined
  /** Path of the protocol below the connector's protocol endpoint. Defaults to that of the version. */
  path?: string | undefined
  /** JSON-LD namespace of the protocol's messages. Defaults to that of the version. */
  namespace?: string | undefined
}

/** One trusted issuer. */
export interface DataspaceProfileTrustedIssuer {
  /** DID of the issuer. */
  id: string
  /**
   * Types of credential that the issuer is trusted for; * means every type.
   * @default ["*"]
   */
  supportedTypes?: Array<string> | undefined
}

/** One credential that a member needs. */
export interface DataspaceProfileCredentialSpec {
  /** Name of the entry, unique in the profile. */
  id: string
  /** Type of the credential, such as MembershipCredential. */
  type: string
  /** DID of the issuer, one of trustedIssuers. */
  issuer: string
  /** Format of the credential. */
  format: 'vc20-bssl/jwt' | 'vc11-sl2021/jwt'
  /** Role in the dataspace that needs the credential. Every member needs it if absent. */
  role?: string | undefined
}

/** One document. */
export interface DataspaceProfilePolicyArtifact {
  /** Name of the document, unique in the profile. */
  name: string
  /** Address of the document. */
  url: string
  /** SHA-256 digest of the document in 64 small hexadecimal digits. Not checked if absent. */
  sha256?: string | undefined
}

/** How a participant becomes a member. */
export interface DataspaceProfileOnboarding {
  /**
   * Who lets participants in. Automatic approves every request that meets the rules, Approval waits for a decision of
   * the authority, InviteOnly refuses requests that the authority did not ask for.
   * @default "Approval"
   */
  mode?: 'Automatic' | 'Approval' | 'InviteOnly' | undefined
  /** Address of the terms that a member accepts. There are none to accept if absent. */
  termsUrl?: string | undefined
  /** Version of the terms that must be accepted. */
  termsVersion?: string | undefined
  /** Schemes of identifiers that the organization behind a member must have. */
  requiredIdentifiers?: Array<'BPNL' | 'LEI' | 'VAT' | 'DUNS' | 'EORI' | 'LOCAL'> | undefined
  /** E-mail address for questions about onboarding. */
  contactEmail?: string | undefined
}

/** One cell. */
export interface DataspaceProfileCell {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/** Credential issuer on the platform that issues the dataspace's credentials. They come from outside if absent. */
export interface DataspaceProfileIssuerRef {
  /** Name of the credential issuer. */
  name: string
  /** Namespace of the credential issuer. Defaults to that of the profile. */
  namespace?: string | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface DataspaceProfileStatus {
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
  conditions?: Array<DataspaceProfileCondition> | undefined
  /** State of the profile in each of its cells. */
  deployments?: Array<DataspaceProfileDeployment> | undefined
  /** Number of memberships. */
  memberships?: DataspaceProfileMemberships | undefined
}

/** One observation about the object. */
export interface DataspaceProfileCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, IssuersResolvable or Deployed. */
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

/** State in one cell. */
export interface DataspaceProfileDeployment {
  /** Name of the cell. */
  cell: string
  /** State of the deployment. */
  state: 'Pending' | 'Active' | 'Offline' | 'Error' | 'Disposing' | 'Disposed'
  /** Time at which the state last changed (RFC 3339). */
  stateTimestamp?: string | undefined
}

/** Number of memberships. */
export interface DataspaceProfileMemberships {
  /** Number of active memberships. */
  active?: number | undefined
  /** Number of memberships that are requested, but not yet decided or issued. */
  pending?: number | undefined
}

/**
 * A dataspace profile describes one dataspace in one version of the protocol, whom its members trust and how one
 * becomes a member. It lives in the namespace of the organization that is the dataspace's authority.
 */
export const DataspaceProfile: Kind<DataspaceProfileSpec, DataspaceProfileStatus> = {
  group: 'cloud.kaphera.com',
  version: 'v1alpha1',
  kind: 'DataspaceProfile',
  plural: 'dataspaceprofiles',
  singular: 'dataspaceprofile',
  shortNames: ['dsp'],
  spec: async () => (await import('./specs/dataspaceprofiles.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Protocol', type: 'string', jsonPath: '.spec.protocol.version', priority: 0 },
    { name: 'Lifecycle', type: 'string', jsonPath: '.spec.lifecycle', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Dataspace', type: 'string', jsonPath: '.spec.dataspaceId', priority: 1 },
    { name: 'Visibility', type: 'string', jsonPath: '.spec.visibility', priority: 1 },
    { name: 'Members', type: 'integer', jsonPath: '.status.memberships.active', priority: 1 },
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.authorityRef.name', 'spec.issuerRef.name', 'spec.issuerRef.namespace', 'status.phase'],
  scope: 'organization',
  references: {
    authorityRef: { plural: 'organizations', namespaced: false },
    issuerRef: { plural: 'credentialissuers', namespaced: true },
    'cells[]': { plural: 'cells', namespaced: true },
  },
  sharing: { organizations: 'spec.allowedOrganizations', visibility: 'spec.visibility' },
}
