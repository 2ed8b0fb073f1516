/**
 * The demo clients, as client metadata for oidc-provider (RFC 7591).
 */
import { CLI_CLIENT, CONSOLE_CLIENT, SERVICE_ACCOUNT } from './identities.ts'

const PUBLIC = { token_endpoint_auth_method: 'none', application_type: 'native' }

/**
 * All clients.
 * @param secret - Secret of the service account
 */
export function clients(secret: string): Record<string, unknown>[] {
  return [
    {
      ...PUBLIC,
      client_id: CLI_CLIENT,
      client_name: 'The kaphera command line',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'password', 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    },
    {
      ...PUBLIC,
      client_id: CONSOLE_CLIENT,
      client_name: 'The Kaphera console',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://localhost/', 'http://127.0.0.1/'],
    },
    {
      client_id: SERVICE_ACCOUNT,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ]
}
