/**
 * Gets tokens for the demo users and the demo service account, as their clients do.
 */
import { CLI_CLIENT, SERVICE_ACCOUNT, SERVICE_ACCOUNT_SECRET } from './identities.ts'

/** The token request of a user (password grant), or of the service account (client credentials). */
export function demoGrant(name: string): Readonly<Record<string, string>> {
  return name === SERVICE_ACCOUNT
    ? { grant_type: 'client_credentials', client_id: name, client_secret: SERVICE_ACCOUNT_SECRET }
    : { grant_type: 'password', client_id: CLI_CLIENT, username: name, password: name }
}

/**
 * An access token of a user or of the service account.
 * @param issuer - URL of the embedded issuer, or of a Keycloak with the same users and clients
 * @param scope - Requested scopes, separated by spaces
 * @throws {Error} with a message for the user if the issuer refuses
 */
export async function demoToken(issuer: string, name: string, scope = ''): Promise<string> {
  const body = new URLSearchParams({ ...demoGrant(name), ...(scope !== '' && { scope }) })
  const answer = await fetch(`${issuer}/protocol/openid-connect/token`, { method: 'POST', body })
  const { access_token: token, error_description: reason }: { access_token?: string; error_description?: string } =
    await answer.json()
  if (token === undefined)
    throw new Error(`${issuer} issues no token to ${name}: ${reason ?? `status ${answer.status}`}`)
  return token
}
