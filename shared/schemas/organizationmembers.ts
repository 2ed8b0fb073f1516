// Generated from infra/crds/cloud.kaphera.com_organizationmembers.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Who is given which role. */
export interface OrganizationMemberSpec {
  /**
   * Who is given the role, by identifier, by e-mail address or by both; with both, both must match. Immutable; to
   * change it, delete the member and create another.
   */
  subject: OrganizationMemberSubject
  /**
   * Role in the organization. A viewer reads, an operator also changes and runs components, an admin also manages
   * participants and members, an owner also manages owners and the organization itself.
   */
  role: 'owner' | 'admin' | 'operator' | 'viewer'
  /** Names of the Participants that the grant is limited to. The grant covers the whole organization if absent. */
  participants?: Array<string> | undefined
  /**
   * Time at which the grant expires (RFC 3339). It does not expire if absent. Nobody can give themselves a role for
   * longer than they may change members.
   */
  expiresAt?: string | undefined
}

/**
 * Who is given the role, by identifier, by e-mail address or by both; with both, both must match. Immutable; to
 * change it, delete the member and create another.
 */
export interface OrganizationMemberSubject {
  /** What the subject is. */
  kind: 'User' | 'ServiceAccount' | 'Group'
  /**
   * Identifier in the identity provider. The subject (sub) of a User, the client identifier of a ServiceAccount, the
   * full path of a Group such as /acme/engineers.
   */
  id?: string | undefined
  /**
   * Verified e-mail address of the subject, by which a user can be invited before the first sign-in. In lower case; a
   * member whose address has capitals is found only in an organization that a request names.
   */
  email?: string | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface OrganizationMemberStatus {
  /** metadata.generation of the last specification that the operator has acted on. */
  observedGeneration?: number | undefined
  /**
   * Stage of the membership. Invited until the subject is known to the identity provider, then Active; Expired after
   * spec.expiresAt; Suspended while the subject or the organization is suspended.
   */
  phase?: 'Invited' | 'Active' | 'Expired' | 'Suspended' | undefined
  /**
   * Conditions that the operator has observed, one per type. A condition is valid only while status.observedGeneration
   * equals metadata.generation.
   */
  conditions?: Array<OrganizationMemberCondition> | undefined
  /** Identifier that the identity provider has for the subject. */
  resolvedId?: string | undefined
  /** Time at which the invitation was sent (RFC 3339). */
  invitedAt?: string | undefined
}

/** One observation about the object. */
export interface OrganizationMemberCondition {
  /** Type of the condition, such as Ready, Reconciling or Stalled. */
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

/**
 * A member gives a user, a service account or a group a role in one organization, the one in whose namespace the
 * object lives.
 */
export const OrganizationMember: Kind<OrganizationMemberSpec, OrganizationMemberStatus> = {
  group: 'cloud.kaphera.com',
  version: 'v1alpha1',
  kind: 'OrganizationMember',
  plural: 'organizationmembers',
  singular: 'organizationmember',
  shortNames: ['om'],
  spec: async () => (await import('./specs/organizationmembers.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Subject', type: 'string', jsonPath: '.spec.subject.kind', priority: 0 },
    { name: 'Role', type: 'string', jsonPath: '.spec.role', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'ID', type: 'string', jsonPath: '.spec.subject.id', priority: 1 },
    { name: 'Email', type: 'string', jsonPath: '.spec.subject.email', priority: 1 },
    { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.subject.email', 'spec.subject.id', 'spec.subject.kind', 'status.phase'],
  scope: 'organization',
  references: {},
}
