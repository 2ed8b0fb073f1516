/**
 * Scopes narrow what a token can be used for: `kaphera-cloud:[resource:]read|write|admin`. A token that carries none of
 * them is as strong as its bearer's role; one that carries any is as strong as the weaker of role and scope.
 * @module
 */

/** What a scope allows; each includes the ones before it. */
export const SCOPE_LEVELS = ['read', 'write', 'admin'] as const

/** What a scope allows: to read, to change, or also what only administrators may do. */
export type ScopeLevel = (typeof SCOPE_LEVELS)[number]

/** Start of every scope of this server. */
const PREFIX = 'kaphera-cloud:'

/** The scopes of a token. */
export interface Scopes {
  /** Whether the token carries any scope of this server; without, nothing is narrowed. */
  readonly restricted: boolean
  /**
   * Whether something is within the scopes.
   * @param level - What is needed
   * @param plural - Kind that it is done to
   */
  allow(level: ScopeLevel, plural: string): boolean
  /** The scopes of this server that the token carries, as they are. */
  readonly names: readonly string[]
}

/**
 * The scopes of a token.
 * @param claims - `scope` (RFC 8693 section 4.2) and `scp`, as some issuers call it: separated by spaces, or a list
 */
export function parseScopes(...claims: readonly unknown[]): Scopes {
  const all = claims.flatMap((claim) =>
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [],
  )
  const names = all.filter((scope): scope is string => typeof scope === 'string' && scope.startsWith(PREFIX))
  const granted = names.map((name) => name.slice(PREFIX.length).split(':'))
  return {
    names,
    restricted: names.length > 0,
    allow: (level, plural) => names.length === 0 || granted.some((parts) => allows(parts, level, plural)),
  }
}

/** The narrowest scope for something, as a client would ask for it. */
export function scopeFor(level: ScopeLevel, plural: string): string {
  return `${PREFIX}${plural}:${level}`
}

/** Scopes that are not tied to a kind, for metadata. */
export const GENERAL_SCOPES: readonly string[] = SCOPE_LEVELS.map((level) => PREFIX + level)

/** A scope that is not one of the two forms allows nothing, but still restricts the token. */
function allows(parts: readonly string[], level: ScopeLevel, plural: string): boolean {
  const [resource, granted] = parts.length === 1 ? [plural, parts[0]] : parts
  if (parts.length > 2 || resource !== plural) return false
  return SCOPE_LEVELS.slice(SCOPE_LEVELS.indexOf(level)).some((name) => name === granted)
}
