/**
 * What clients need in order to sign in.
 */
import type { Environment } from '../runtime/environment.ts'
import { configurationOf } from './configuration.ts'
import { ALGORITHMS } from './policy.ts'
import { GENERAL_SCOPES } from './scopes.ts'

/** OAuth 2.0 Protected Resource Metadata (RFC 9728 section 2). */
export interface ProtectedResourceMetadata {
  readonly resource: string
  readonly resource_name: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  readonly dpop_signing_alg_values_supported: readonly string[]
  readonly dpop_bound_access_tokens_required: boolean
}

/**
 * The document at `/.well-known/oauth-protected-resource`.
 * @param origin - Origin that the client used; see {@link publicOrigin}
 * @throws {Problem} `not_configured`
 */
export function protectedResourceMetadata(env: Environment, origin: string): ProtectedResourceMetadata {
  const { issuers, policy } = configurationOf(env)
  return {
    resource: origin,
    resource_name: 'Kaphera Cloud Server',
    authorization_servers: [...issuers.keys()],
    scopes_supported: GENERAL_SCOPES,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ALGORITHMS,
    dpop_bound_access_tokens_required: policy.dpop === 'required',
  }
}

/** How people sign in, as `/capabilities` shows it. */
export interface SignIn {
  readonly issuer: string
  readonly audience: string
  /** Client ids of the public clients for command lines and consoles. */
  readonly clients: { readonly cli?: string; readonly console?: string }
  /** Scopes to request, separated by spaces. */
  readonly scope: string
  /** Whether command lines can use the device flow (RFC 8628). */
  readonly deviceFlow: boolean
}

/**
 * How people sign in.
 * @throws {Problem} `not_configured`
 */
export function signIn(env: Environment): SignIn {
  const { primary } = configurationOf(env)
  const { OIDC_CLI_CLIENT_ID: cli, OIDC_CONSOLE_CLIENT_ID: consoleClient } = env
  return {
    issuer: primary.issuer,
    audience: primary.audiences[0] ?? '',
    clients: { ...(cli && { cli }), ...(consoleClient && { console: consoleClient }) },
    scope: env.OIDC_SCOPES?.trim() || 'openid',
    deviceFlow: Boolean(cli),
  }
}
