/**
 * Preferences of the client (RFC 7240).
 */

/** Maximum time that a request waits, in seconds: gateways such as Knative's end a request after 300. */
export const WAIT_LIMIT = 240

/** The supported preferences. Others are ignored, as the RFC requires. */
export interface Preferences {
  /** Seconds to wait until the object is ready, at most {@link WAIT_LIMIT}. */
  readonly wait?: number
  /** Whether a write is answered without the object. */
  readonly isMinimal: boolean
}

/**
 * The preferences of a request.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { preferenceApplied, preferences } from './prefer.ts'
 *
 * const request = new Request('https://api.example', { headers: { Prefer: 'wait=30, return=minimal' } })
 * const preferred = preferences(request)
 * assert.deepEqual(preferred, { wait: 30, isMinimal: true })
 * assert.deepEqual(preferenceApplied(preferred), { 'Preference-Applied': 'wait=30, return=minimal' })
 * ```
 */
export function preferences(request: Request): Preferences {
  const given = new Map<string, string>()
  for (const preference of (request.headers.get('Prefer') ?? '').split(',')) {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*(?:=\s*"?([^";\s]*)"?)?/.exec(preference) ?? []
    // The first of several values counts (section 2).
    if (!given.has(name.toLowerCase())) given.set(name.toLowerCase(), value)
  }
  const wait = given.get('wait') ?? ''
  return {
    ...(/^\d{1,9}$/.test(wait) && { wait: Math.min(Number(wait), WAIT_LIMIT) }),
    isMinimal: given.get('return') === 'minimal',
  }
}

/** The `Preference-Applied` header (section 3); no header if no preference was applied. */
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
