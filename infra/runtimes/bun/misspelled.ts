/**
 * Environment variables that are meant to be settings but are none.
 */
import { difference } from '../../../shared/kind/misspelling.ts'

/** Prefix of settings that no other program has. */
const OWN = 'OIDC_'
/** Characters in which a misspelled name differs from the right one, in one place; twice as many after {@link OWN}. */
const DIFFERENCE = 2
/** What Kubernetes tells pods of Services, and settings of OpenTelemetry's logs, which are spelled almost like those of traces. */
const OTHERS = /^KUBERNETES_|_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT(_\d+_\w+)?$|^OTEL_BLRP_/

/**
 * A sentence for each variable that is not a setting, but is spelled almost like one, is the beginning of one or begins with `OIDC_`.
 * @param names - Names of all variables
 * @param settings - Names of all settings
 */
export function misspelled(names: readonly string[], settings: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (settings.includes(name) || OTHERS.test(name)) return []
    const given = name.toUpperCase()
    const compared = settings.map((setting) => ({ setting, difference: difference(given, setting) }))
    const [nearest] = compared.sort((one, other) => one.difference - other.difference)
    const isOwn = name.startsWith(OWN)
    const isNear = nearest !== undefined && nearest.difference <= (isOwn ? 2 * DIFFERENCE : DIFFERENCE)
    const meant = isNear ? nearest.setting : settings.find((setting) => isBeginning(given, setting))
    if (meant !== undefined) return [`${name} is not a setting. Did you mean ${meant}?`]
    return isOwn ? [`${name} is not a setting.`] : []
  })
}

/** Whether a name lacks the last words of a setting. A single word is too little to tell: other programs have it, too. */
function isBeginning(name: string, setting: string): boolean {
  return name.includes('_') && setting.startsWith(`${name}_`)
}
