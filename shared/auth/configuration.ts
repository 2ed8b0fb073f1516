/**
 * The configuration of authentication, read from the settings once for each environment.
 * @module
 */

import { Problem } from '../http/problem.ts'
import { kubeIdentity } from '../kube/index.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { checkSettings } from '../runtime/settings.ts'
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

/** Everything that authentication is configured by. */
export interface Configuration {
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  readonly policy: Policy
}

/** The configuration, or what is wrong with it. */
const evaluate = perEnvironment((env): Configuration | TypeError => {
  try {
    return read(env)
  } catch (error) {
    if (error instanceof TypeError) return error
    throw error
  }
})

/**
 * The configuration.
 * @throws {Problem} `not_configured`; its cause, which is logged, names the setting
 */
export function configurationOf(env: Environment): Configuration {
  const configuration = evaluate(env)
  if (!(configuration instanceof TypeError)) return configuration
  throw new Problem(
    'not_configured',
    'Sign-in is not configured on this server; its log says which setting is wrong.',
    {
      headers: { 'Retry-After': '60' },
      cause: configuration,
    },
  )
}

/** What is wrong with the configuration, naming the setting; for readiness and the log. */
export function configurationProblem(env: Environment): string | undefined {
  const configuration = evaluate(env)
  return configuration instanceof TypeError ? configuration.message : undefined
}

function read(env: Environment): Configuration {
  const primary = required(env, 'OIDC_ISSUER')
  if (!isIssuer(primary)) throw new TypeError('OIDC_ISSUER must be an https address (http only on loopback)')
  kubeIdentity(env)
  checkSettings(env)
  const audiences = required(env, 'OIDC_AUDIENCE').split(/\s+/)
  const policy = parsePolicy(env.AUTH_POLICY ?? '')
  const own = {
    issuer: primary,
    discoveryUrl: optional(env, 'OIDC_DISCOVERY_URL'),
    jwksUrl: optional(env, 'OIDC_JWKS_URL'),
  }
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
      throw new TypeError(`AUTH_POLICY is not valid: a rule is for ${issuer}, which is no trusted issuer`)
    }
  }
  return { issuers, policy }
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
  throw new TypeError(`${name} must be an https address (http only within the cluster or on loopback)`)
}

function definedOf<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}
