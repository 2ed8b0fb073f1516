/**
 * The embedded OIDC issuer: a stand-in for the Keycloak realm `kaphera`, on loopback.
 * @module
 */
import type { Issuer, IssuerOptions } from './issuer.ts'

export type { Issuer, IssuerOptions } from './issuer.ts'

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
