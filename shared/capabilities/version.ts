/**
 * Which server this is.
 */

/** The bundler sets both: the version in package.json, and the name of the edition. Code that is not bundled does not have them. */
declare const KAPHERA_VERSION: string | undefined
declare const KAPHERA_EDITION: string | undefined

/** Name, version and edition of this server. */
export const SERVER: { readonly name: string; readonly version: string; readonly edition: string } = {
  name: 'kaphera-cloud-server',
  version: typeof KAPHERA_VERSION === 'string' ? KAPHERA_VERSION : '0.0.0',
  edition: typeof KAPHERA_EDITION === 'string' ? KAPHERA_EDITION : 'self-hosted',
}
