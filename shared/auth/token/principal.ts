/**
 * The caller of a request.
 */
import type { OrganizationRole, PlatformRole } from '../roles.ts'
import type { Scopes } from '../scopes.ts'

/** A role in an organization that a claim of the token gives. */
export interface ClaimedRole {
  readonly role: OrganizationRole
  /** Name of the organization, or its alias in the identity provider. */
  readonly organization: string
  /** Whether `organization` is an alias. */
  readonly isAlias: boolean
  /** Identifier of the organization in the identity provider, if the claim contains it. */
  readonly id?: string | undefined
}

/** What a verified token says, without the token itself, so that it can be cached. */
export interface Identity {
  /** Issuer of the token. Issuer and subject together identify the caller. */
  readonly issuer: string
  readonly subject: string
  /** A person, or a client that acts for itself. */
  readonly kind: 'user' | 'service-account'
  /** Name for people (`preferred_username`). No decision depends on it. */
  readonly username?: string
  /** Verified e-mail address, as `comparableEmail` spells it. */
  readonly email?: string
  /** Client that the token was issued to (`azp` or `client_id`). */
  readonly clientId?: string
  /** Groups, as the issuer names them. */
  readonly groups: readonly string[]
  readonly scopes: Scopes
  /** Seconds since the epoch. */
  readonly expiresAt: number
  /** The caller's name in the cluster: `kaphera:<hash of the issuer>:<subject>`. */
  readonly clusterUser: string
  /** Whether the issuer is OIDC_ISSUER, whose subjects OrganizationMember objects name by default. */
  readonly isPrimaryIssuer: boolean
  /** Role across all organizations. */
  readonly platformRole?: PlatformRole
  /** Roles that AUTH_POLICY derives from claims. */
  readonly claimedRoles: readonly ClaimedRole[]
  /** Claims that the issuer left out because they were too large (`_claim_names`, `hasgroups`). */
  readonly overflow: readonly string[]
  /** Thumbprint of the key that the token is bound to (RFC 9449). */
  readonly boundTo?: string
}

/** The authenticated caller of a request. Only `authenticate` creates one. */
export interface Principal extends Identity {
  /** The token, verbatim; used for `KUBE_IDENTITY=caller` only. */
  readonly token: string
  /** Address of the protected resource metadata (RFC 9728), for challenges. */
  readonly resourceMetadata: string
}
