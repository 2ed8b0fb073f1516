/**
 * Who sends a request.
 * @module
 */
import type { OrganizationRole, PlatformRole } from '../roles.ts'
import type { Scopes } from '../scopes.ts'

/** A role in an organisation that a claim of the token gives. */
export interface ClaimedRole {
  readonly role: OrganizationRole
  /** Name of the organisation, or its alias in the identity provider. */
  readonly organization: string
  /** Whether `organization` is an alias. */
  readonly isAlias: boolean
  /** Identifier that the identity provider gives to the organisation, if the claim tells it. */
  readonly id?: string | undefined
}

/** What a verified token says, apart from the token itself. It can be remembered. */
export interface Identity {
  /** Issuer of the token; with `subject` it is the identity. */
  readonly issuer: string
  readonly subject: string
  /** Whether it is a person or a client that acts for itself. */
  readonly kind: 'user' | 'service-account'
  /** Name for people (`preferred_username`). Never decides anything. */
  readonly username?: string
  /** Verified e-mail address, in lower case. */
  readonly email?: string
  /** Client that the token was issued to (`azp` or `client_id`). */
  readonly clientId?: string
  /** Groups, as the issuer names them. */
  readonly groups: readonly string[]
  readonly scopes: Scopes
  /** Seconds since the epoch. */
  readonly expiresAt: number
  /** Name under which the cluster knows the caller: `kaphera:<hash of the issuer>:<subject>`. */
  readonly clusterUser: string
  /** Whether the issuer is OIDC_ISSUER: the one whose subjects OrganizationMember objects mean unless they say otherwise. */
  readonly isPrimaryIssuer: boolean
  /** Role across all organisations. */
  readonly platformRole?: PlatformRole
  /** Roles that claims give, by AUTH_POLICY. */
  readonly claimedRoles: readonly ClaimedRole[]
  /** Claims that the issuer left out because they were too large (`_claim_names`, `hasgroups`). */
  readonly overflow: readonly string[]
  /** Thumbprint of the key that the token is bound to (RFC 9449). */
  readonly boundTo?: string
}

/** The authenticated caller of a request. Only `authenticate` makes one. */
export interface Principal extends Identity {
  /** The token, verbatim; for `KUBE_IDENTITY=caller` and nothing else. */
  readonly token: string
  /** Address of the metadata of this resource (RFC 9728), for challenges. */
  readonly resourceMetadata: string
}
