/**
 * The sign-in page of the browser flows.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Provider } from 'oidc-provider'
import { findUser, subject } from './identities.ts'
import { loginPage } from './pages.ts'
import type { CheckPassword } from './password-grant.ts'

/** How users authenticate. */
export interface LoginOptions {
  readonly checkPassword: CheckPassword
  /** Whether choosing a name is sufficient. */
  readonly easy: boolean
}

/**
 * Shows the form (GET), or signs the user in and continues the flow (POST).
 * @throws {errors.SessionNotFound} if the browser has not started such a flow
 */
export async function serveLogin(
  provider: Provider,
  options: LoginOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : undefined
  const user = findUser(form?.get('username') ?? '')
  if (user !== undefined && (options.easy || options.checkPassword(user.name, form?.get('password') ?? ''))) {
    await provider.interactionFinished(request, response, { login: { accountId: subject(user.name) } })
    return
  }
  const html = loginPage({
    client: String(params.client_id),
    failed: form !== undefined,
    selected: user?.name ?? String(params.login_hint ?? ''),
    easy: options.easy,
  })
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(html)
}
