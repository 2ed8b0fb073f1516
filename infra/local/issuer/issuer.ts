/**
 * What an embedded issuer is and how it is started.
 * @module
 */
import type { JSONWebKeySet, JWTPayload } from 'jose'

/** How to start an issuer. */
export interface IssuerOptions {
  /** Port on loopback (default: the saved one, else any that is free). */
  readonly port?: number | undefined
  /** File that keeps signing key and port, so that tokens outlive a restart (default: a fresh key). */
  readonly file?: string | undefined
  /** Scopes that clients may ask for, besides those of OIDC and the ones for every kind. */
  readonly scopes?: readonly string[] | undefined
  /** Password of all users and secret of the service account (default: user names, and `ci-secret`). */
  readonly secret?: string | undefined
}

/** A running issuer. */
export interface Issuer {
  /** Its name, which is also where it is: `http://127.0.0.1:<port>/realms/kaphera`. */
  readonly url: string
  /** The public keys, as it serves them. */
  readonly jwks: JSONWebKeySet
  /**
   * A token with exactly these claims, signed with the issuer's key.
   * @param header - Overrides of `{ alg: 'RS256', typ: 'JWT', kid }`
   */
  sign(claims: JWTPayload, header?: Record<string, unknown>): Promise<string>
  /** Stops it at once. */
  close(): Promise<void>
}
