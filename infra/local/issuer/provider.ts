/**
 * oidc-provider, configured to look like a Keycloak realm.
 */
import { randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import { type Account, type Client, type Context, interactionPolicy, Provider, type Token } from 'oidc-provider'
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'
import { accessTokenClaims, userClaims } from './claims.ts'
import { clients } from './clients.ts'
import { findUser } from './identities.ts'
import { deviceFlowPages, logoutPages, renderError } from './pages.ts'
import { type CheckPassword, passwordGrant } from './password-grant.ts'
import { OIDC_SCOPES, RESOURCE, resourceServerInfo } from './resource.ts'

/** Path of the sign-in page, relative to the issuer; the interaction's id follows. */
export const LOGIN_PATH = '/login/'

/** The parts of a provider. */
export interface ProviderOptions {
  /** The issuer's name, e.g. `http://127.0.0.1:41234/realms/kaphera`. */
  readonly issuer: string
  /** Private signing key. */
  readonly key: JWK
  /** Scopes that clients may request, in addition to those of OIDC. */
  readonly scopes: readonly string[]
  /** Secret of the service account. */
  readonly clientSecret: string
  readonly checkPassword: CheckPassword
}

/** Seconds. Longer than Keycloak's five minutes, so that a token copied into a terminal stays valid for a while. */
const TOKEN_SECONDS = 3600
const SESSION_SECONDS = 12 * 3600
const INTERACTION_SECONDS = 600

/** Creates a provider. Its `callback()` expects paths relative to the issuer. */
export function createProvider(options: ProviderOptions): Provider {
  const provider = new Provider(options.issuer, configuration(options))
  provider.registerGrantType('password', passwordGrant(options), ['username', 'password', 'scope'])
  // A console under development may use any port and path.
  provider.Client.prototype.redirectUriAllowed = isLoopback
  provider.Client.prototype.postLogoutRedirectUriAllowed = isLoopback
  return provider
}

/** Whether a URL or origin is on this machine. */
export function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(URL.parse(url)?.hostname ?? '')
}

function configuration(options: ProviderOptions): Record<string, unknown> {
  return {
    adapter: createMemoryAdapter(),
    clients: clients(options.clientSecret),
    jwks: { keys: [options.key] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    scopes: OIDC_SCOPES,
    claims: {
      openid: ['sub', 'typ', 'groups'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    clientBasedCORS: (_context: Context, origin: string) => isLoopback(origin),
    findAccount,
    loadExistingGrant: grantEverything,
    issueRefreshToken: (_context: Context, client: Client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    rotateRefreshToken: false,
    ttl: timesToLive(),
    formats: { customizers: { jwt: asKeycloak } },
    interactions: {
      policy: loginOnly(),
      url: (_context: Context, { uid }: { uid: string }) => issuerPath(options, `${LOGIN_PATH}${uid}`),
    },
    features: features(options),
    renderError,
    routes: {
      authorization: '/protocol/openid-connect/auth',
      device_authorization: '/protocol/openid-connect/auth/device',
      token: '/protocol/openid-connect/token',
      jwks: '/protocol/openid-connect/certs',
      revocation: '/protocol/openid-connect/revoke',
      end_session: '/protocol/openid-connect/logout',
      code_verification: '/device',
    },
  }
}

function features({ scopes }: ProviderOptions): Record<string, unknown> {
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true, allowedPolicy: () => true },
    deviceFlow: { enabled: true, ...deviceFlowPages },
    rpInitiatedLogout: { enabled: true, ...logoutPages },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => resourceServerInfo(scopes),
    },
  }
}

function timesToLive(): Record<string, number> {
  return {
    AccessToken: TOKEN_SECONDS,
    ClientCredentials: TOKEN_SECONDS,
    IdToken: TOKEN_SECONDS,
    Grant: SESSION_SECONDS,
    RefreshToken: SESSION_SECONDS,
    Session: SESSION_SECONDS,
    DeviceCode: INTERACTION_SECONDS,
    Interaction: INTERACTION_SECONDS,
  }
}

function findAccount(_context: Context, id: string): Account | undefined {
  const user = findUser(id)
  return user && { accountId: id, claims: () => ({ ...userClaims(user), typ: 'ID' }) }
}

/** Skips consent: signing in grants what the client requested. */
function loginOnly(): interactionPolicy.Policy {
  const policy = interactionPolicy.base()
  policy.remove('consent')
  return policy
}

async function grantEverything(context: Context): Promise<unknown> {
  const { client, session, provider, requestParamScopes } = context.oidc
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(OIDC_SCOPES.join(' '))
  grant.addResourceScope(RESOURCE, [...requestParamScopes].join(' '))
  await grant.save()
  return grant
}

/** Turns an RFC 9068 access token into one like Keycloak's. */
function asKeycloak(
  _context: Context,
  token: Token,
  jwt: { header?: Record<string, unknown>; payload: Record<string, unknown> },
): void {
  const { exp, iat, jti, iss, aud } = jwt.payload
  jwt.header = { typ: 'JWT' }
  jwt.payload = { exp, iat, jti, iss, aud, ...accessTokenClaims(token) }
}

function issuerPath({ issuer }: ProviderOptions, path: string): string {
  return new URL(issuer).pathname + path
}
