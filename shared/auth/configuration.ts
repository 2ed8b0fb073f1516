/**
 * The configuration of authentication, read from the settings once for each environment.
 */

import { Problem } from '../http/problem.ts'
import { isLabel, kubeIdentity, LABEL_RULE } from '../kube/index.ts'
import { type Environment, platformNamespace } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { settingErrors } from '../runtime/settings.ts'
import { ALGORITHMS, isIssuer, isSecureAddress, type Policy, parsePolicy } from './policy.ts'

/** An issuer whose tokens are accepted. */
export interface TrustedIssuer {
  /** As `iss` spells it. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly discoveryUrl: string
  readonly jwksUrl: string | undefined
  readonly clients: readonly string[] | undefined
  readonly algorithms: readonly string[]
  readonly profiles: readonly ('keycloak' | 'rfc9068')[]
  /** Whether it is OIDC_ISSUER. */
  readonly isPrimary: boolean
}

/** The whole configuration of authentication. */
export interface Configuration {
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  /** The issuer that OIDC_ISSUER names. */
  readonly primary: TrustedIssuer
  readonly policy: Policy
}

/** The configuration, or the errors of all settings, each with the name of its setting. */
const evaluate = perEnvironment((env): Configuration | readonly string[] => {
  const errors: string[] = []
  const tried = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      errors.push(error.message)
      return undefined
    }
  }
  const issuer = tried(() => primaryIssuer(env))
  const audiences = tried(() => required(env, 'OIDC_AUDIENCE').split(/\s+/))
  const discoveryUrl = tried(() => optional(env, 'OIDC_DISCOVERY_URL'))
  const jwksUrl = tried(() => optional(env, 'OIDC_JWKS_URL'))
  tried(() => kubeIdentity(env))
  if (!isLabel(platformNamespace(env))) errors.push(`PLATFORM_NAMESPACE ${LABEL_RULE}`)
  errors.push(...settingErrors(env))
  const policy = tried(() => parsePolicy(env.AUTH_POLICY ?? ''))
  if (issuer === undefined || audiences === undefined || policy === undefined || errors.length > 0) return errors
  return tried(() => combine({ issuer, discoveryUrl, jwksUrl }, audiences, policy)) ?? errors
})

/**
 * The configuration.
 * @throws {Problem} `not_configured`; its cause, which is logged, names the setting
 */
export function configurationOf(env: Environment): Configuration {
  const configuration = evaluate(env)
  if ('issuers' in configuration) return configuration
  throw new Problem('not_configured', 'A setting of this server is missing or not valid; its log names the setting.', {
    headers: { 'Retry-After': '60' },
    cause: new TypeError(configuration.join('; ')),
  })
}

/** The errors of the configuration, each with the name of its setting; none if it is valid. */
export function configurationErrors(env: Environment): readonly string[] {
  const configuration = evaluate(env)
  return 'issuers' in configuration ? [] : configuration
}

function primaryIssuer(env: Environment): string {
  const primary = required(env, 'OIDC_ISSUER')
  if (isIssuer(primary)) return primary
  throw new TypeError('OIDC_ISSUER must be an https URL (http only on loopback)')
}

/** The configuration of valid settings. @throws {TypeError} if they contradict each other */
function combine(
  own: Pick<Policy['issuers'][number], 'issuer' | 'discoveryUrl' | 'jwksUrl'>,
  audiences: readonly string[],
  policy: Policy,
): Configuration {
  const primary = own.issuer
  const listed = policy.issuers.some(({ issuer }) => issuer === primary) ? policy.issuers : [own, ...policy.issuers]
  const issuers = new Map<string, TrustedIssuer>()
  for (const entry of listed) {
    if (issuers.has(entry.issuer)) throw new TypeError(`AUTH_POLICY is not valid: issuers names ${entry.issuer} twice`)
    const isPrimary = entry.issuer === primary
    const settings: Policy['issuers'][number] = isPrimary ? { ...definedOf(own), ...entry, issuer: primary } : entry
    issuers.set(entry.issuer, {
      issuer: entry.issuer,
      audiences: settings.audience === undefined ? audiences : [settings.audience],
      discoveryUrl: settings.discoveryUrl ?? `${entry.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      jwksUrl: settings.jwksUrl,
      clients: settings.clients,
      algorithms: settings.algorithms ?? ALGORITHMS,
      profiles: settings.profiles ?? ['keycloak', 'rfc9068'],
      isPrimary,
    })
  }
  for (const { issuer } of [...policy.platformRoles, ...policy.organizationRoles]) {
    if (issuer !== undefined && !issuers.has(issuer)) {
      throw new TypeError(`AUTH_POLICY is not valid: a rule names the issuer ${issuer}, which is not trusted`)
    }
  }
  // OIDC_ISSUER is always one of those listed.
  return { issuers, primary: issuers.get(primary) as TrustedIssuer, policy }
}

function required(env: Environment, name: 'OIDC_ISSUER' | 'OIDC_AUDIENCE'): string {
  const value = env[name]?.trim()
  if (value === undefined || value === '') throw new TypeError(`${name} is not set`)
  return value
}

function optional(env: Environment, name: 'OIDC_DISCOVERY_URL' | 'OIDC_JWKS_URL'): string | undefined {
  const value = env[name]?.trim()
  if (value === undefined || value === '') return undefined
  if (isSecureAddress(value)) return value
  throw new TypeError(`${name} must be an https URL (http only within the cluster or on loopback)`)
}

function definedOf<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}
