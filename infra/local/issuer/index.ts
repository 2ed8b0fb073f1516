/**
 * The embedded OIDC issuer: a stand-in for the Keycloak realm `kaphera`, on loopback.
 */
import type { Issuer, IssuerOptions } from './issuer.ts'

export type { Issuer, IssuerOptions } from './issuer.ts'

/**
 * Starts an issuer.
 * @throws {Error} if the port is in use or the file cannot be used
 */
export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const { serveIssuer } = await withoutRuntimeWarning(() => import('./server.ts'))
  return serveIssuer(options)
}

/** Silences oidc-provider's warning about Node releases without long-term support; it works with them. */
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
