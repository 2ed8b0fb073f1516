/**
 * The embedded OIDC issuer: a stand-in for the Keycloak realm `kaphera`, on loopback.
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

/**
 * Starts an issuer.
 * @throws {Error} if the port is taken or the file cannot be used
 */
export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const { serveIssuer } = await withoutRuntimeWarning(() => import('./server.ts'))
  return serveIssuer(options)
}

/** oidc-provider warns when it is loaded by a Node that is not (yet) a long-term release; it works there all the same. */
async function withoutRuntimeWarning<T>(load: () => Promise<T>): Promise<T> {
  const warn = console.warn
  console.warn = (...args: unknown[]) => {
    if (!String(args[0]).includes('Unsupported runtime')) warn(...args)
  }
  try {
    return await load()
  } finally {
    console.warn = warn
  }
}
