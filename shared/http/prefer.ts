/**
 * What a client would like, if it can be had (RFC 7240).
 * @module
 */

/** Seconds that a request waits at most, whatever is asked: gateways such as Knative's cut requests after 300. */
export const WAIT_LIMIT = 240

/** The preferences that mean something here; any other is ignored, as the RFC wants it. */
export interface Preferences {
  /** Seconds to wait until the object is ready, at most {@link WAIT_LIMIT}. */
  readonly wait?: number
  /** Answer a write without the object. */
  readonly isMinimal: boolean
}

/** The preferences of a request. */
export function preferences(request: Request): Preferences {
  const given = new Map<string, string>()
  for (const preference of (request.headers.get('Prefer') ?? '').split(',')) {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*(?:=\s*"?([^";\s]*)"?)?/.exec(preference) ?? []
    // The first of several counts (section 2).
    if (!given.has(name.toLowerCase())) given.set(name.toLowerCase(), value)
  }
  const wait = given.get('wait') ?? ''
  return {
    ...(/^\d{1,9}$/.test(wait) && { wait: Math.min(Number(wait), WAIT_LIMIT) }),
    isMinimal: given.get('return') === 'minimal',
  }
}

/** The header that says which preferences were followed (section 3); none if there were none. */
export function preferenceApplied(applied: {
  readonly wait?: number | undefined
  readonly isMinimal?: boolean
}): Record<string, string> {
  const names = [
    ...(applied.wait === undefined ? [] : [`wait=${applied.wait}`]),
    ...(applied.isMinimal ? ['return=minimal'] : []),
  ]
  return names.length === 0 ? {} : { 'Preference-Applied': names.join(', ') }
}
