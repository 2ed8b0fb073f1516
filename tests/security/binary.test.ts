/** The single binary: its environment, connections, HTTP parser and shutdown. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type BinaryOptions, portOf, startBinary } from '../../infra/runtimes/bun/process.ts'
import { type RunningServer, startProcess } from '../../infra/runtimes/process.ts'
import { COMMAND } from './compiled.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from './loopback-certificate.ts'
import { type StandIns, startStandIns } from './stand-ins.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

let directory: string
let standIns: StandIns
let server: RunningServer
const ends: (() => unknown)[] = []

/** Open watches at the API server. */
const watches = new Set<ServerResponse>()
/** Called when the number changes. */
let changed: () => void = () => undefined

async function untilWatches(count: number): Promise<void> {
  while (watches.size !== count) {
    await new Promise<void>((resolve) => {
      changed = resolve
    })
  }
}

/** Receives the API server's pending answer for the connector `slow`. */
let slow: ((response: ServerResponse) => void) | undefined

/** Receives the header lines of the API server's next request for a connector. */
let heard: ((lines: string[]) => void) | undefined

/** Requests that connector. */
async function askSlowly(asked: RunningServer, signal?: AbortSignal): Promise<[Promise<Response>, ServerResponse]> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  slow = resolve
  const answer = get(asked, `${CONNECTORS}/slow`, signal === undefined ? {} : { signal })
  answer.catch(() => undefined)
  return [answer, await promise]
}

/** Requests received by a proxy or an unconfigured host. */
const strays: string[] = []
let stray: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-binary-'))
  ends.push(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'token'), 'token')

  const other = createServer((request, response) => {
    strays.push(request.url ?? '')
    response.end()
  })
  other.on('connect', ({ url = '' }, socket: Socket) => {
    strays.push(url)
    socket.on('error', () => undefined).destroy()
  })
  stray = `http://127.0.0.1:${await listen(other)}`

  standIns = await startStandIns(5, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://kube')
    if (searchParams.get('watch') === 'true') {
      watches.add(response.writeHead(200, { 'Content-Type': 'application/json' }))
      response.flushHeaders()
      response.once('close', () => {
        watches.delete(response)
        changed()
      })
      changed()
      return true
    }
    if (pathname.includes('/connectors/')) heard?.(request.rawHeaders)
    if (pathname.endsWith('/connectors/slow')) {
      slow?.(response)
      return true
    }
    if (!pathname.endsWith('/connectors/moved')) return false
    response.writeHead(302, { Location: stray }).end()
    return true
  })
  ends.push(() => standIns.close())
  server = await start()
})

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function start(options: Partial<BinaryOptions> = {}): Promise<RunningServer> {
  const started = await startBinary({
    command: COMMAND,
    kube: `http://${standIns.kube}`,
    serviceAccount: directory,
    ...options,
    env: { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience, ...options.env },
  })
  ends.push(() => started.stop('SIGKILL'))
  return started
}

async function listen(listening: Server): Promise<number> {
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  ends.push(() => listening.close())
  return (listening.address() as AddressInfo).port
}

function get({ url }: RunningServer, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${standIns.token}`, ...(init.headers as Record<string, string>) }
  return fetch(url + path, { ...init, headers })
}

/** Whether a server accepts connections. */
async function accepts({ url }: RunningServer): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe('the environment of the process', () => {
  it('cannot change its behavior by runtime variables, proxies or files in the working directory', async () => {
    const hostile = await mkdtemp(join(tmpdir(), 'kaphera-hostile-'))
    ends.push(() => rm(hostile, { recursive: true }))
    const evil = join(hostile, 'evil.js')
    await writeFile(evil, 'console.log("evil"); process.exit(66)')
    await writeFile(join(hostile, '.env'), 'OIDC_AUDIENCE=other\nRATE_LIMIT=1/60\n')
    await writeFile(join(hostile, 'bunfig.toml'), 'preload = ["./evil.js"]\n')
    await writeFile(join(hostile, 'package.json'), '{"imports":{"#x":"./evil.js"}}')
    const lines: string[] = []
    const attacked = await start({
      cwd: hostile,
      onLine: (line) => lines.push(line),
      env: {
        BUN_BE_BUN: '1',
        BUN_OPTIONS: `--preload=${evil}`,
        BUN_INSPECT: '127.0.0.1:0',
        BUN_INSPECT_PRELOAD: evil,
        BUN_CONFIG_VERBOSE_FETCH: 'curl',
        NODE_OPTIONS: `--require=${evil}`,
        NODE_ENV: 'development',
        ...Object.fromEntries(
          ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'].map((name) => [
            name,
            stray,
          ]),
        ),
      },
    })
    for (let count = 0; count < 3; count += 1) expect((await get(attacked, CONNECTORS)).status).toBe(200)
    expect(strays).toEqual([])
    expect(lines.filter((line) => !line.startsWith('{"time":'))).toEqual([])
  })

  it('lets the API server see each group of the caller in a line of its own', async () => {
    const impersonating = await start({
      env: {
        KUBE_IDENTITY: 'impersonate',
        AUTH_POLICY: JSON.stringify({
          platformRoles: [{ claim: 'azp', value: 'bench', role: 'platform-viewer' }],
          organizationRoles: [{ claim: 'azp', value: 'bench', organization: 'acme', role: 'operator' }],
        }),
      },
    })
    const { promise, resolve } = Promise.withResolvers<string[]>()
    heard = resolve
    expect((await get(impersonating, `${CONNECTORS}/edc-1`)).status).toBe(200)
    const lines = await promise
    const groups = lines.filter((_, at) => at % 2 === 1 && lines[at - 1]?.toLowerCase() === 'impersonate-group')
    expect(groups).toEqual(['kaphera:platform-viewer', 'kaphera:organization:acme:operator'])
  })

  it('cannot redirect it through the API server', async () => {
    const response = await get(server, `${CONNECTORS}/moved`)
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(strays).toEqual([])
  })

  it('defines the trusted authorities by the current ServiceAccount only', async () => {
    const tls = createTlsServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, (socket) => {
      const [host, port] = standIns.kube.split(':')
      const upstream = connect(Number(port), host)
      socket.pipe(upstream).pipe(socket)
      for (const one of [socket, upstream]) one.on('error', () => upstream.destroy())
    })
    const account = await mkdtemp(join(tmpdir(), 'kaphera-account-'))
    ends.push(() => rm(account, { recursive: true }))
    await writeFile(join(account, 'token'), 'token')
    const secure = await start({
      kube: `https://127.0.0.1:${await listen(tls)}`,
      serviceAccount: account,
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: join(directory, 'authority') },
    })
    expect((await get(secure, CONNECTORS)).status).toBe(503)
    await writeFile(join(account, 'ca.crt'), LOOPBACK_CERTIFICATE)
    await expect.poll(async () => (await get(secure, CONNECTORS)).status, { timeout: 20_000 }).toBe(200)
  })
})

describe('a read', () => {
  it('is canceled at the API server a second after the client has left', async () => {
    const client = new AbortController()
    const [answer, upstream] = await askSlowly(server, client.signal)
    const started = performance.now()
    client.abort()
    await once(upstream, 'close')
    const took = performance.now() - started
    // Its deadline is ten seconds.
    expect([took > 900, took < 9_000]).toEqual([true, true])
    await expect(answer).rejects.toThrow()
  })
})

describe('a stream', () => {
  const ACCEPT = { Accept: 'text/event-stream' }

  it('ends its watch at the API server when the client leaves', async () => {
    const client = new AbortController()
    const response = await get(server, CONNECTORS, { headers: ACCEPT, signal: client.signal })
    await response.body?.getReader().read()
    await untilWatches(1)
    const started = performance.now()
    client.abort()
    await untilWatches(0)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('stops reading from the API server while its client does not read', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.pause()
    socket.write(`GET ${CONNECTORS} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n`)
    socket.write(`Authorization: Bearer ${standIns.token}\r\n\r\n`)
    await untilWatches(1)
    const [watch] = [...watches] as [ServerResponse]
    const metadata = { name: 'edc-0', namespace: 'org-acme', uid: 'u', annotations: { text: 'a'.repeat(100_000) } }
    let told = 0
    let isFull = false
    // The client's and server's buffers fill at first; then nothing is read for a second.
    while (!isFull && told < 1_000) {
      told += 1
      const resourceVersion = String(1_000 + told)
      const object = {
        apiVersion: 'edc.kaphera.com/v1alpha1',
        kind: 'Connector',
        metadata: { ...metadata, resourceVersion },
      }
      const hasRoom = watch.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
      const drained = once(watch, 'drain').then(() => true)
      const late = new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, false))
      if (!hasRoom) isFull = !(await Promise.race([drained, late]))
    }
    expect(isFull).toBe(true)
    expect(told).toBeLessThan(300)
    socket.destroy()
    await untilWatches(0)
  })
})

describe('the shutdown', () => {
  it('finishes requests in progress, tells streams to reconnect, and exits with 0', async () => {
    const ending = await start()
    const stream = await get(ending, CONNECTORS, { headers: { Accept: 'text/event-stream' } })
    await untilWatches(1)
    const [answer, upstream] = await askSlowly(ending)
    const code = ending.stop()
    const events = await stream.text()
    expect(events).toMatch(/event: RECONNECT\n[\s\S]*"server_stopping"/)
    await expect.poll(() => accepts(ending)).toBe(false)
    const object = { apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Connector', metadata: { name: 'slow', uid: 'u' } }
    upstream.end(JSON.stringify(object))
    expect((await answer).status).toBe(200)
    expect(await code).toBe(0)
    await untilWatches(0)
  })
})

describe('the command line', () => {
  /** Runs the binary to its end. */
  function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const settings = { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience, ...env }
    return promisify(execFile)(COMMAND, args, { env: settings, timeout: 30_000 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    )
  }
  const cluster = (): string[] => [`--kube=http://${standIns.kube}`, `--service-account=${directory}`]

  it('ends with one line if it is invalid', async () => {
    const { code, stderr } = await run(['--unknown'])
    expect([code, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining("Unknown option '--unknown'")])
    await expect(start({ kube: 'http://api.example.com' })).rejects.toThrow('--kube must be an https URL')
  })

  it('ends with 1, so that a service manager tries again, if its address is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    onTestFinished(() => void holder.close())
    const { port } = holder.address() as AddressInfo
    const inUse = await run([...cluster(), `--listen=127.0.0.1:${port}`])
    expect(inUse).toMatchObject({ code: 1, stderr: expect.not.stringContaining('--help') })
    expect(inUse.stderr).toMatch(new RegExp(`${port}|in use`))
  })

  it('prints its version and its flags', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) })
    expect((await run(['--help'])).stdout).toContain('--kubeconfig FILE')
  })

  it('ends with a line for each wrong setting', async () => {
    const wrong = { OIDC_AUDIENCE: '', WATCH_SECONDS: '0', CORS_ORIGINS: '*', PUBLIC_URL: 'api.example' }
    const { code, stderr, stdout } = await run(cluster(), wrong)
    expect([code, stdout]).toEqual([78, ''])
    const named = stderr.trim().split('\n')
    expect(named.map((line) => line.split(' ')[1]).sort()).toEqual(Object.keys(wrong).sort())
  })

  it('says that a variable is a misspelled setting, whatever it does', async () => {
    const text = 'REQUEST_PER_CALLER is not a setting. Did you mean REQUESTS_PER_CALLER?'
    const env = { REQUEST_PER_CALLER: '1' }
    expect(await run([...cluster(), '--check'], env)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`error  settings: ${text}\n`),
    })
    const wrong = await run(cluster(), { ...env, OIDC_AUDIENCE: '' })
    expect(wrong).toMatchObject({ code: 78, stderr: expect.stringContaining(`kaphera-cloud-server: ${text}\n`) })
    const lines: string[] = []
    await start({ env, onLine: (line) => lines.push(line) })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', message: text })
  })

  it('checks settings, cluster and issuer, and says what it found', async () => {
    const { code, stdout } = await run([...cluster(), '--check'])
    expect(stdout.split('\n').map((line) => line.split(':')[0])).toEqual([
      'ok     settings',
      expect.stringMatching(/^(ok {5}|error) {1,2}cluster http$/),
      expect.stringMatching(/kinds$/),
      expect.stringMatching(/rights$/),
      'ok     issuer http',
      '',
    ])
    expect(code).toBe(stdout.includes('error ') ? 1 : 0)
    const away = await run(['--kube=http://127.0.0.1:1', `--service-account=${directory}`, '--check'])
    expect([away.code, away.stdout]).toEqual([1, expect.stringContaining('error  cluster http://127.0.0.1:1: ')])
    expect(away.stdout).toContain('error  kinds: Not checked: no cluster.\n')
    expect(away.stdout).not.toContain('{')
  })

  it('checks an access token, and says whose it is or why it is refused', async () => {
    const file = join(directory, 'access-token')
    const checkToken = async (token: string) => {
      await writeFile(file, token)
      const { code, stdout } = await run([...cluster(), '--check', `--token=${file}`])
      return { code, line: stdout.split('\n').find((line) => line.includes(' token: ')) }
    }
    expect((await checkToken(`${standIns.token}\n`)).line).toMatch(
      /^ok {5}token: Accepted: subject \S+, username bench, client bench; viewer of acme\.$/,
    )
    const [header, payload] = standIns.token.split('.')
    const forged = await checkToken(`${header}.${payload}.${'A'.repeat(342)}`)
    expect(forged).toEqual({ code: 1, line: expect.stringMatching(/^error {2}token: .*signature/) })
    const away = await run([...cluster(), '--check', `--token=${join(directory, 'absent')}`])
    expect([away.code, away.stdout]).toEqual([1, expect.stringMatching(/^error {2}token: .*ENOENT/m)])
  })

  it('takes cluster and token from a kubeconfig', async () => {
    const file = join(directory, 'kubeconfig')
    const config = {
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'local', user: 'server' } }],
      clusters: [{ name: 'local', cluster: { server: `http://${standIns.kube}` } }],
      users: [{ name: 'server', user: { tokenFile: 'token' } }],
    }
    await writeFile(file, JSON.stringify(config))
    const child = await startProcess({
      command: COMMAND,
      args: [`--kubeconfig=${file}`, `--listen=127.0.0.1:0`],
      env: { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience },
      stdio: ['ignore', 'pipe', 'pipe'],
      port: portOf,
    })
    ends.push(() => child.stop('SIGKILL'))
    expect((await get(child, CONNECTORS)).status).toBe(200)
    const { code, stderr } = await run([`--kubeconfig=${file}`, '--context=there'])
    expect([code, stderr]).toEqual([78, expect.stringContaining('contexts has no "there"; it has here')])
  })
})
