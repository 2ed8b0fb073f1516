/**
 * Authorization code with PKCE for a public client (RFC 6749, 7636, 9207), without any library.
 */

/** Where and as whom to sign in. */
export interface SignIn {
  /** Issuer: `iss` of all its answers. */
  readonly issuer: string
  readonly client: string
  readonly scope: string
  /** Some issuers choose the token's audience by this parameter; others ignore it (RFC 6749, section 3.1). */
  readonly audience: string
  /** Address of this page without query and fragment. */
  readonly redirectUri: string
}

/** What the issuer gave. */
export interface Tokens {
  readonly access: string
  readonly refresh: string | undefined
  /** For signing out. */
  readonly id: string | undefined
  /** When the access token expires, in milliseconds since the epoch. */
  readonly expires: number
}

/** Addresses of the issuer (OpenID Connect Discovery). */
export interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly end_session_endpoint?: string
  readonly authorization_response_iss_parameter_supported?: boolean
}

/** What must survive the redirect. */
export interface Pending {
  readonly state: string
  readonly verifier: string
  /** Fragment of the page to return to. */
  readonly hash: string
}

/** A refusal by the issuer, with its `error` code. */
export class OAuthError extends Error {
  override readonly name: string = 'OAuthError'
  readonly code: string

  constructor(code: string, description?: string | null) {
    super(description || code)
    this.code = code
  }
}

/** Timeout of a request to the issuer, in milliseconds. */
const TIMEOUT_MS = 20_000

/**
 * Reads the issuer's addresses.
 * @throws {OAuthError} if it calls itself something else (OpenID Connect Discovery, section 4.3)
 */
export async function discover(issuer: string): Promise<Metadata> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) throw new OAuthError('issuer_unavailable', `The issuer answered ${response.status}.`)
  const metadata: Metadata = await response.json()
  if (metadata.issuer !== issuer) throw new OAuthError('invalid_issuer', `${issuer} calls itself ${metadata.issuer}.`)
  return metadata
}

/** A new attempt to sign in, to be kept until the issuer sends the browser back. */
export function newAttempt(hash: string): Pending {
  return { state: random(), verifier: random(), hash }
}

/**
 * The address that starts an attempt.
 * @param silent - Whether the issuer may answer only if no page has to be shown (`prompt=none`)
 */
export async function authorizationUrl(
  metadata: Metadata,
  signIn: SignIn,
  { state, verifier }: Pending,
  silent: boolean,
): Promise<string> {
  const url = new URL(metadata.authorization_endpoint)
  const parameters = {
    response_type: 'code',
    client_id: signIn.client,
    redirect_uri: signIn.redirectUri,
    scope: signIn.scope,
    audience: signIn.audience,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...(silent && { prompt: 'none' }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/**
 * The code in the issuer's answer.
 * @param answer - Query of the address to which the issuer sent the browser
 * @param pending - The attempt, if this browser has started one
 * @throws {OAuthError} if it answers no attempt of this browser, comes from another issuer, or refuses
 */
export function codeOf(answer: URLSearchParams, pending: Pending | undefined, metadata: Metadata): string {
  // RFC 6749, section 10.12: the answer to somebody else's attempt would sign this user in as them.
  if (pending === undefined || answer.get('state') !== pending.state) {
    throw new OAuthError('invalid_state', 'The answer does not belong to a sign-in of this browser.')
  }
  // RFC 9207, section 2.4.
  const iss = answer.get('iss')
  if (iss === null ? metadata.authorization_response_iss_parameter_supported === true : iss !== metadata.issuer) {
    throw new OAuthError('invalid_issuer', 'The answer comes from another issuer.')
  }
  const error = answer.get('error')
  if (error !== null) throw new OAuthError(error, answer.get('error_description'))
  const code = answer.get('code')
  if (code === null) throw new OAuthError('invalid_answer', 'The answer has no code.')
  return code
}

/** Exchanges a code for tokens. @throws {OAuthError} if the issuer refuses */
export function exchange(metadata: Metadata, signIn: SignIn, code: string, verifier: string): Promise<Tokens> {
  const { client, redirectUri } = signIn
  return requestTokens(metadata, {
    grant_type: 'authorization_code',
    client_id: client,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  })
}

/** New tokens for a refresh token. @throws {OAuthError} if the issuer refuses */
export async function refresh(metadata: Metadata, { client }: SignIn, tokens: Tokens): Promise<Tokens> {
  if (tokens.refresh === undefined) throw new OAuthError('invalid_grant', 'There is no refresh token.')
  const given = await requestTokens(metadata, {
    grant_type: 'refresh_token',
    client_id: client,
    refresh_token: tokens.refresh,
  })
  // RFC 6749, section 6: the old one remains valid if there is no new one.
  return { ...given, refresh: given.refresh ?? tokens.refresh, id: given.id ?? tokens.id }
}

/** The address that ends the session at the issuer; `undefined` if it has none (OpenID Connect RP-Initiated Logout). */
export function signOutUrl(metadata: Metadata, signIn: SignIn, tokens: Tokens | undefined): string | undefined {
  if (metadata.end_session_endpoint === undefined) return undefined
  const url = new URL(metadata.end_session_endpoint)
  url.searchParams.set('client_id', signIn.client)
  url.searchParams.set('post_logout_redirect_uri', signIn.redirectUri)
  if (tokens?.id !== undefined) url.searchParams.set('id_token_hint', tokens.id)
  return url.href
}

async function requestTokens(metadata: Metadata, form: Record<string, string>): Promise<Tokens> {
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const answer = await response.json().catch(() => ({}))
  if (typeof answer.access_token !== 'string') {
    throw new OAuthError(answer.error ?? 'issuer_unavailable', answer.error_description)
  }
  return {
    access: answer.access_token,
    refresh: answer.refresh_token,
    id: answer.id_token,
    expires: Date.now() + (answer.expires_in ?? 60) * 1000,
  }
}

async function challengeOf(verifier: string): Promise<string> {
  return base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
}

/** 256 bits. */
function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)).buffer)
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
