/**
 * The issuer's HTTP server.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { importJWK, type JSONWebKeySet, SignJWT } from 'jose'
import { errors, type Provider } from 'oidc-provider'
import { close, listen } from '../loopback.ts'
import { SERVICE_ACCOUNT_SECRET } from './identities.ts'
import type { Issuer, IssuerOptions } from './issuer.ts'
import { createSigningKey, type IssuerIdentity, loadIdentity, saveIdentity } from './keys.ts'
import { type LoginOptions, serveLogin } from './login.ts'
import { createProvider, isLoopback, LOGIN_PATH } from './provider.ts'

/** Path of the realm, as in Keycloak. */
const REALM = '/realms/kaphera'
/** Scopes for all kinds. */
const BASIC_SCOPES = ['kaphera-cloud:read', 'kaphera-cloud:write', 'kaphera-cloud:admin']

/**
 * Starts an issuer.
 * @throws {Error} if the port is in use or the file cannot be used
 */
export async function serveIssuer(options: IssuerOptions): Promise<Issuer> {
  const saved = options.file === undefined ? undefined : await loadIdentity(options.file)
  const key = saved?.key ?? (await createSigningKey())
  const server = createServer()
  const port = await listenAgain(server, options.port, saved?.port)
  const url = `http://127.0.0.1:${port}${REALM}`
  const login = loginOptions(options.secret)
  const provider = createProvider({
    issuer: url,
    key,
    scopes: [...BASIC_SCOPES, ...(options.scopes ?? [])],
    clientSecret: options.secret ?? SERVICE_ACCOUNT_SECRET,
    checkPassword: login.checkPassword,
  })
  provider.on('server_error', (_context, error) => console.error('issuer:', error))
  server.on('request', requestListener(provider, login))
  if (options.file !== undefined) await saveIdentity(options.file, { port, key })
  return { url, jwks: publicKeys(key), sign: signer(key), close: () => close(server) }
}

function loginOptions(secret: string | undefined): LoginOptions {
  if (secret === undefined) return { easy: true, checkPassword: (name, password) => password === name }
  const expected = Buffer.from(secret)
  return {
    easy: false,
    checkPassword(_name, password) {
      const given = Buffer.from(password)
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}

function requestListener(
  provider: Provider,
  login: LoginOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const serve = provider.callback()
  return function route(request, response) {
    // Refuses other host names that DNS points at loopback: their pages would share an origin with the issuer.
    if (!isLoopback(`http://${request.headers.host}`)) return end(response, 421)
    const path = request.url ?? ''
    if (path.startsWith(REALM + LOGIN_PATH)) {
      serveLogin(provider, login, request, response).catch((error: unknown) => loginFailed(error, response))
    } else if (path.startsWith(`${REALM}/`)) {
      request.url = path.slice(REALM.length)
      void serve(Object.assign(request, { originalUrl: path }), response)
    } else {
      end(response, 404)
    }
  }
}

function loginFailed(error: unknown, response: ServerResponse): void {
  if (!(error instanceof errors.SessionNotFound)) console.error('issuer:', error)
  end(response, 400)
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

function signer(key: IssuerIdentity['key']): Issuer['sign'] {
  return async function sign(claims, header = {}) {
    const protectedHeader = { alg: 'RS256', typ: 'JWT', ...(key.kid !== undefined && { kid: key.kid }), ...header }
    return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(key, 'RS256'))
  }
}

function publicKeys({ kty, n, e, kid, alg, use }: IssuerIdentity['key']): JSONWebKeySet {
  return { keys: [JSON.parse(JSON.stringify({ kty, n, e, kid, alg, use }))] }
}

/** Listens on the given port, otherwise on the saved one if it is free, otherwise on any. */
async function listenAgain(server: Server, wished: number | undefined, last: number | undefined): Promise<number> {
  if (wished !== undefined || last === undefined) return listen(server, wished ?? 0)
  return listen(server, last).catch(() => listen(server, 0))
}
