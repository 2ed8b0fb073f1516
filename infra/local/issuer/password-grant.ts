/**
 * The resource owner password grant (RFC 6749, section 4.3), Keycloak's "direct access grants": for scripts and tests.
 */
import { type Context, errors } from 'oidc-provider'
import { userClaims } from './claims.ts'
import { findUser, subject, type User } from './identities.ts'
import { RESOURCE, resourceServerInfo } from './resource.ts'

/** Checks a user's password. */
export type CheckPassword = (name: string, password: string) => boolean

/**
 * The handler of `grant_type=password`.
 * @param options - `scopes`: what clients may request, in addition to the scopes of OIDC
 */
export function passwordGrant(options: {
  readonly scopes: readonly string[]
  readonly checkPassword: CheckPassword
}): (context: Context) => Promise<void> {
  return async function password(context) {
    const { username = '', password: given = '' } = context.oidc.params
    const user = findUser(username)
    if (user?.name !== username || !options.checkPassword(username, given)) throw invalidCredentials()
    context.body = await tokens(context, user, options.scopes)
  }
}

async function tokens(context: Context, user: User, scopes: readonly string[]): Promise<Record<string, unknown>> {
  const { client, provider, requestParamScopes } = context.oidc
  const accountId = subject(user.name)
  const resource = new provider.ResourceServer(RESOURCE, resourceServerInfo(scopes))
  const scope = [...requestParamScopes].filter((name) => resource.scopes.has(name)).join(' ')
  const grant = new provider.Grant({ clientId: client.clientId, accountId })
  grant.addOIDCScope(scope)
  grant.addResourceScope(RESOURCE, scope)
  const source = { client, accountId, grantId: await grant.save(), gty: 'password', scope }
  const accessToken = new provider.AccessToken(source)
  accessToken.resourceServer = resource
  context.oidc.entity('AccessToken', accessToken)
  return {
    access_token: await accessToken.save(),
    expires_in: accessToken.expiration,
    refresh_token: await new provider.RefreshToken({ ...source, resource: RESOURCE }).save(),
    token_type: 'Bearer',
    scope,
    ...(requestParamScopes.has('openid') && { id_token: await idToken(context, user) }),
  }
}

function idToken(context: Context, user: User): Promise<string> {
  const token = new context.oidc.provider.IdToken({ ...userClaims(user), typ: 'ID' }, { ctx: context })
  token.scope = 'openid profile email'
  return token.issue({ use: 'idtoken' })
}

/** Keycloak answers with 401, unlike RFC 6749, which says 400. */
function invalidCredentials(): Error {
  const error = new errors.CustomOIDCProviderError('invalid_grant', 'Invalid user credentials')
  error.statusCode = 401
  return error
}
