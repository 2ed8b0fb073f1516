/**
 * A real Keycloak on loopback with the realms of keycloak/realms.ts: `kaphera`, which has the demo users and clients of the embedded
 * issuer (the same names, passwords and subjects), and `other`, which has users and clients of the same names.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { demoGrant } from '../../../infra/local/issuer/tokens.ts'
import { testRealms } from './keycloak/realms.ts'
import { keycloakDistribution } from './keycloak-distribution.ts'
import { trustAuthority } from './kube.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, removeScratch, scratchDirectory, startProcess, waitFor } from './processes.ts'

/** Milliseconds that Keycloak may take to be ready; about 8 s on an idle machine. */
const READY_TIMEOUT_MS = 180_000
/** Administrator of the realm master, with a new password at every start. */
const ADMIN = 'bootstrap-admin'

/** What can be changed of Keycloak. */
export interface KeycloakOptions {
  /** Port for HTTP; default: any free one. */
  readonly port?: number | undefined
  /** Serves HTTPS too: PEM files of a certificate for 127.0.0.1, of its key and of the authority that signed it. */
  readonly tls?: { readonly servingCert: string; readonly servingKey: string; readonly caFile: string } | undefined
}

/** What {@link Keycloak.token} answers (RFC 6749, section 5.1). */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope: string
  readonly expires_in: number
}

/** Which token of a user or service account. */
export interface TokenOptions {
  /** Default `kaphera`. */
  readonly realm?: string
  /** Scopes to ask for, separated by spaces. */
  readonly scope?: string
  /** Through HTTPS: the token's issuer is {@link Keycloak.secureIssuer}. */
  readonly secure?: boolean
}

/** A running Keycloak. */
export interface Keycloak {
  /** Issuer of the realm `kaphera`: `http://127.0.0.1:<port>/realms/kaphera`. */
  readonly issuer: string
  /** Its name for who asks through HTTPS; undefined without a certificate. */
  readonly secureIssuer: string | undefined
  /** Path of its log. */
  readonly logFile: string
  /** Runs `infra/keycloak/realm.sh` as the administrator, for a realm of this name. */
  makeRealm(name: string): Promise<void>
  /** An access token of a demo user (password grant) or of the service account `ci` (client credentials). */
  tokenOf(name: string, options?: TokenOptions): Promise<string>
  /**
   * Asks the token endpoint.
   * @param form - Its parameters, `grant_type` first of all
   * @throws {Error} with the answer, if it is no success
   */
  token(form: Readonly<Record<string, string>>, options?: TokenOptions): Promise<TokenAnswer>
  /**
   * Sends a request to the admin API.
   * @param path - Below `/admin/realms`, e.g. `/kaphera/users`
   * @throws {Error} with the answer, if it is no success
   * @see {@link https://www.keycloak.org/docs-api/latest/rest-api/index.html}
   */
  admin(method: string, path: string, body?: unknown): Promise<Response>
  /** Stops answering without closing anything (SIGSTOP). */
  pause(): void
  /** Ends {@link pause}. */
  resume(): void
  /** Ends it at once (SIGKILL). */
  crash(): Promise<void>
  /** Starts it again after {@link crash}, at the same address, with the realms as imported and with new keys. */
  restart(): Promise<void>
  /** Ends it and removes all state. */
  stop(): Promise<void>
}

/**
 * Starts Keycloak, imports the realms and waits until they are served.
 * @throws {MissingRequirement} without Java, or without Maven if Keycloak has to be fetched first
 */
export async function startKeycloak(options: KeycloakOptions = {}): Promise<Keycloak> {
  const distribution = await keycloakDistribution()
  const directory = scratchDirectory('keycloak')
  const home = join(directory, 'home')
  cpSync(distribution, home, { recursive: true })
  const imports = join(home, 'data', 'import')
  mkdirSync(imports, { recursive: true })
  for (const realm of testRealms()) writeFileSync(join(imports, `${realm.realm}-realm.json`), JSON.stringify(realm))

  const port = options.port ?? (await freePort())
  const securePort = options.tls && (await freePort())
  if (options.tls !== undefined) trustAuthority(options.tls.caFile)
  const base = `http://127.0.0.1:${port}`
  const secureBase = securePort === undefined ? undefined : `https://127.0.0.1:${securePort}`
  const password = randomBytes(24).toString('base64url')
  const logFile = join(directory, 'keycloak.log')
  const start = (): RunningProcess =>
    startProcess({
      command: join(home, 'bin', 'kc.sh'),
      args: startArguments(port, securePort, options.tls),
      cwd: directory,
      logFile,
      env: {
        ...process.env,
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN,
        KC_BOOTSTRAP_ADMIN_PASSWORD: password,
        // Only the quick compiler: it starts in half the time, and does not run for long.
        JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
      },
    })
  let server = start()
  await ready(base, server)

  const baseFor = (secure: boolean | undefined): string => {
    if (secure !== true) return base
    if (secureBase === undefined) throw new Error('this Keycloak was started without a certificate')
    return secureBase
  }
  const token: Keycloak['token'] = async (form, { realm = 'kaphera', scope, secure } = {}) => {
    const body = new URLSearchParams({ ...form, ...(scope !== undefined && { scope }) })
    const url = `${baseFor(secure)}/realms/${realm}/protocol/openid-connect/token`
    return (await (await succeed(await fetch(url, { method: 'POST', body }))).json()) as TokenAnswer
  }
  const signIn = { grant_type: 'password', client_id: 'admin-cli', username: ADMIN, password }

  return {
    issuer: `${base}/realms/kaphera`,
    secureIssuer: secureBase && `${secureBase}/realms/kaphera`,
    logFile,
    token,
    tokenOf: async (name, tokenOptions) => (await token(demoGrant(name), tokenOptions)).access_token,
    async makeRealm(name) {
      const script = join(PROJECT, 'infra', 'keycloak', 'realm.sh')
      const kcadm = join(home, 'bin', 'kcadm.sh')
      const env = {
        ...process.env,
        HOME: directory,
        KC_OPTS: '-XX:TieredStopAtLevel=1',
        KCADM: kcadm,
        REALM: name,
        CONSOLE: 'https://console.example.com',
      }
      const server = ['--server', base, '--realm', 'master', '--user', ADMIN, '--password', password]
      await promisify(execFile)(kcadm, ['config', 'credentials', ...server], { env })
      await promisify(execFile)('sh', [script], { env })
    },
    async admin(method, path, body) {
      const { access_token: bearer } = await token(signIn, { realm: 'master' })
      const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' }
      const sent = body === undefined ? null : JSON.stringify(body)
      return succeed(await fetch(`${base}/admin/realms${path}`, { method, headers, body: sent }))
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async crash() {
      server.signal('SIGKILL')
      await server.exited
    },
    async restart() {
      if (!server.ended()) throw new Error('Keycloak still runs: crash() it first')
      server = start()
      await ready(base, server)
    },
    async stop() {
      server.signal('SIGKILL')
      await server.exited
      removeScratch(directory)
    },
  }
}

function startArguments(port: number, securePort: number | undefined, tls: KeycloakOptions['tls']): string[] {
  return [
    'start',
    '--optimized',
    '--import-realm',
    '--cache=local',
    '--http-enabled=true',
    '--http-host=127.0.0.1',
    `--http-port=${port}`,
    // The issuer is what the caller's URL says: both ports work, each with a different issuer.
    '--hostname-strict=false',
    ...(tls === undefined
      ? []
      : [
          `--https-port=${securePort}`,
          `--https-certificate-file=${tls.servingCert}`,
          `--https-certificate-key-file=${tls.servingKey}`,
        ]),
  ]
}

/** It listens only after the realms are imported. */
async function ready(base: string, server: RunningProcess): Promise<void> {
  const url = `${base}/realms/kaphera/.well-known/openid-configuration`
  await waitFor(async () => ((await fetch(url)).ok ? true : undefined), {
    what: 'Keycloak ready',
    timeoutMs: READY_TIMEOUT_MS,
    intervalMs: 200,
    process: server,
  })
}

async function succeed(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return response
}
