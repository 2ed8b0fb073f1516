/**
 * The fragment of the address says what is shown: `#/acme/connectors/edc-1`. It never leaves the browser.
 */

/** What is shown. */
export interface Route {
  readonly organization?: string
  readonly plural?: string
  readonly name?: string
  /** Whether the form for a new object is shown. */
  readonly isNew: boolean
}

/** Reads a fragment. */
export function routeOf(hash: string): Route {
  const [path = '', query] = hash.replace(/^#\/?/, '').split('?')
  const [organization, plural, name] = path.split('/').map(decodeURIComponent)
  return {
    ...(organization && { organization }),
    ...(plural && { plural }),
    ...(name && { name }),
    isNew: query === 'new',
  }
}

/** The link to something of an organization. */
export function linkTo(...segments: readonly string[]): string {
  return `#/${segments.map(encodeURIComponent).join('/')}`
}
