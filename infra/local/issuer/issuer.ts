/**
 * The types of the embedded issuer.
 */
import type { JSONWebKeySet, JWTPayload } from 'jose'

/** Options for starting an issuer. */
export interface IssuerOptions {
  /** Port on loopback (default: the saved one, otherwise any free one). */
  readonly port?: number | undefined
  /** File that keeps signing key and port, so that tokens survive a restart (default: a new key). */
  readonly file?: string | undefined
  /** Scopes that clients may request, in addition to those of OIDC and those for all kinds. */
  readonly scopes?: readonly string[] | undefined
  /** Password of all users and secret of the service account (default: the user names, and `ci-secret`). */
  readonly secret?: string | undefined
}

/** A running issuer. */
export interface Issuer {
  /** Its name and address: `http://127.0.0.1:<port>/realms/kaphera`. */
  readonly url: string
  /** The public keys that it serves. */
  readonly jwks: JSONWebKeySet
  /**
   * A token with exactly these claims, signed with the issuer's key.
   * @param header - Overrides of `{ alg: 'RS256', typ: 'JWT', kid }`
   */
  sign(claims: JWTPayload, header?: Record<string, unknown>): Promise<string>
  /** Stops it immediately. */
  close(): Promise<void>
}
