/**
 * `npm run -s sign-in -- URL`: signs a user in on a terminal, knowing only the server's address, and prints who they are.
 * It shows how a command line does so, without any library.
 *
 * 401 with `resource_metadata` (RFC 9728, section 5) -> metadata of the resource -> metadata of the issuer (OpenID Connect
 * Discovery) -> device authorization (RFC 8628) -> token -> `/v1/me`.
 */

/** Timeout of a request, in milliseconds. */
const TIMEOUT_MS = 20_000
/** Seconds between two token requests, unless the issuer says otherwise (RFC 8628, section 3.2). */
const INTERVAL = 5
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

type Json = Record<string, unknown>

/**
 * Signs in.
 * @param server - Address of the server
 * @param tell - Called with instructions for the user
 * @returns An access token
 * @throws {Error} with a message for the user
 */
async function signIn(server: string, tell: (line: string) => void): Promise<string> {
  const resource = await readJson(await metadataUrl(server))
  const [issuer] = resource.authorization_servers as string[]
  if (issuer === undefined) throw new Error(`${server} does not say which issuer it trusts`)
  const provider = await readJson(`${issuer}/.well-known/openid-configuration`)
  // An issuer must answer under its own name (OpenID Connect Discovery, section 4.3).
  if (provider.issuer !== issuer) throw new Error(`${issuer} calls itself ${provider.issuer}`)
  const client = await clientOf(server)
  const device = await post(String(provider.device_authorization_endpoint), { client_id: client, scope: 'openid' })
  if (device.device_code === undefined) throw new Error(`${issuer}: ${device.error_description ?? device.error}`)
  tell(`Open ${device.verification_uri_complete ?? device.verification_uri} and confirm the code ${device.user_code}.`)
  const wanted = { grant_type: DEVICE_CODE, client_id: client, device_code: String(device.device_code) }
  let interval = Number(device.interval ?? INTERVAL)
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, interval * 1000))
    const answer = await post(String(provider.token_endpoint), wanted)
    if (typeof answer.access_token === 'string') return answer.access_token
    if (answer.error === 'slow_down') interval += INTERVAL
    else if (answer.error !== 'authorization_pending') {
      throw new Error(`${issuer}: ${answer.error_description ?? answer.error}`)
    }
  }
}

/** The address of the server's metadata, from the challenge of its 401. */
async function metadataUrl(server: string): Promise<string> {
  const { headers, status } = await get(`${server}/v1/me`)
  const url = /resource_metadata="([^"]+)"/.exec(headers.get('WWW-Authenticate') ?? '')?.[1]
  if (status !== 401 || url === undefined) throw new Error(`${server} does not say how to sign in`)
  // A server may only describe itself (RFC 9728, section 3.3).
  if (new URL(url).origin !== new URL(server).origin)
    throw new Error(`${server} refers to ${url}, which is on another server`)
  return url
}

/** The client id for command lines. */
async function clientOf(server: string): Promise<string> {
  const { signIn } = await readJson(`${server}/capabilities`)
  const client = ((signIn as Json | null)?.clients as Json | undefined)?.cli
  if (typeof client !== 'string')
    throw new Error(`${server} has no client for command lines (OIDC_CLI_CLIENT_ID is not set)`)
  return client
}

function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return request(url, { headers })
}

async function readJson(url: string, headers: Record<string, string> = {}): Promise<Json> {
  const response = await get(url, headers)
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return (await response.json()) as Json
}

async function post(url: string, form: Record<string, string>): Promise<Json> {
  const response = await request(url, { method: 'POST', body: new URLSearchParams(form) })
  return (await response.json()) as Json
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    const { cause, message } = error as Error
    throw new Error(`${url}: ${(cause as Error | undefined)?.message || message}`)
  }
}

try {
  const [server] = process.argv.slice(2).map((url) => url.replace(/\/+$/, ''))
  if (server === undefined || !/^https?:/.test(server) || !URL.canParse(server))
    throw new Error('usage: npm run -s sign-in -- URL\nURL is the address of the server, such as http://127.0.0.1:8787')
  const token = await signIn(server, (line) => console.log(line))
  const me = await readJson(`${server}/v1/me`, { Authorization: `Bearer ${token}` })
  console.log(JSON.stringify(me, null, 2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
