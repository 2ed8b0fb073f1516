/**
 * Scopes narrow what a token can be used for: `kaphera-cloud:[plural:]read|write|admin`. A token without any of them allows
 * whatever its bearer's role allows. A token with some allows what both role and scopes allow.
 */

/** Levels of scopes; each includes the ones before it. */
export const SCOPE_LEVELS = ['read', 'write', 'admin'] as const

/** What a scope allows: reads, writes, or also writes that only admins may make. */
export type ScopeLevel = (typeof SCOPE_LEVELS)[number]

/** Prefix of every scope of this server. */
const PREFIX = 'kaphera-cloud:'

/** The scopes of a token. */
export interface Scopes {
  /**
   * Whether the scopes include a level. Without any scope of this server, nothing is narrowed.
   * @param level - The level that the operation needs
   * @param plural - The kind that it is done to
   */
  allow(level: ScopeLevel, plural: string): boolean
  /** The scopes of this server that the token carries, verbatim. */
  readonly names: readonly string[]
}

/**
 * The scopes of a token.
 * @param claims - `scope` (RFC 8693 section 4.2) and `scp`, which some issuers use: a text separated by spaces, or a list
 */
export function parseScopes(...claims: readonly unknown[]): Scopes {
  const all = claims.flatMap((claim) =>
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [],
  )
  const names = all.filter((scope): scope is string => typeof scope === 'string' && scope.startsWith(PREFIX))
  const granted = names.map((name) => name.slice(PREFIX.length).split(':'))
  return {
    names,
    allow: (level, plural) => names.length === 0 || granted.some((parts) => allows(parts, level, plural)),
  }
}

/** The narrowest scope for a level on a kind, as a client requests it. */
export function scopeFor(level: ScopeLevel, plural: string): string {
  return `${PREFIX}${plural}:${level}`
}

/** The scopes that cover all kinds, for metadata. */
export const GENERAL_SCOPES: readonly string[] = SCOPE_LEVELS.map((level) => PREFIX + level)

/** Whether one scope allows a level. A malformed scope allows nothing, but still restricts the token. */
function allows(parts: readonly string[], level: ScopeLevel, plural: string): boolean {
  const [resource, granted] = parts.length === 1 ? [plural, parts[0]] : parts
  if (parts.length > 2 || resource !== plural) return false
  return SCOPE_LEVELS.slice(SCOPE_LEVELS.indexOf(level)).some((name) => name === granted)
}
