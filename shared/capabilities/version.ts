/**
 * Which server this is.
 * @module
 */

/** Set by the bundler to the version in package.json; there is none where nothing was bundled. */
declare const KAPHERA_VERSION: string | undefined

/** Name, version and edition of this server. */
export const SERVER: { readonly name: string; readonly version: string; readonly edition: 'self-hosted' } = {
  name: 'kaphera-cloud-server',
  version: typeof KAPHERA_VERSION === 'string' ? KAPHERA_VERSION : '0.0.0',
  edition: 'self-hosted',
}
