/** Several processes that serve as one: `--workers`. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Agent, request, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BinaryOptions, startBinary } from '../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { COMMAND } from './compiled.ts'
import { type StandIns, startStandIns } from './stand-ins.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

let directory: string
let standIns: StandIns
const ends: (() => unknown)[] = []
/** Receives the API server's pending answer for the connector `slow`. */
let slow: ((response: ServerResponse) => void) | undefined

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-workers-'))
  ends.push(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'token'), 'token')
  standIns = await startStandIns(5, ({ url = '' }, response) => {
    const isWatch = url.includes('watch=true')
    if (isWatch) response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    const isSlow = url.endsWith('/connectors/slow')
    if (isSlow) slow?.(response)
    return isWatch || isSlow
  })
  ends.push(() => standIns.close())
})

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** A line of the log. */
interface Line {
  readonly message?: string
  readonly event: string
  readonly worker?: number
  readonly pid?: number
  readonly ports?: readonly number[]
  readonly workers?: readonly number[]
}

/** A running server, and what it logs. */
interface Served extends RunningServer {
  readonly lines: readonly Line[]
  /** Waits for a message. */
  logged(message: string): Promise<Line>
}

async function start(options: Partial<BinaryOptions> = {}): Promise<Served> {
  const lines: Line[] = []
  let told = Promise.withResolvers<void>()
  const started = await startBinary({
    command: COMMAND,
    kube: `http://${standIns.kube}`,
    serviceAccount: directory,
    ...options,
    args: ['--workers=2', ...(options.args ?? [])],
    env: { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience, ...options.env },
    onLine(line) {
      if (line.startsWith('{')) lines.push(JSON.parse(line))
      told.resolve()
      told = Promise.withResolvers()
    },
  })
  ends.push(() => started.stop('SIGKILL'))
  return {
    ...started,
    lines,
    async logged(message) {
      for (;;) {
        const found = lines.findLast((line) => line.message === message)
        if (found !== undefined) return found
        await told.promise
      }
    },
  }
}

/** What an answer says. */
interface Answer {
  readonly status: number | undefined
  readonly connection: string | undefined
}

/** Requests a connector, by default on a connection of its own: the kernel chooses the worker. */
async function get({ url }: RunningServer, agent = new Agent(), name = 'edc-0'): Promise<Answer> {
  const headers = { Authorization: `Bearer ${standIns.token}` }
  const sent = request(`${url}${CONNECTORS}/${name}`, { agent, headers }).end()
  const [response] = await once(sent, 'response')
  await once(response.resume(), 'end')
  return { status: response.statusCode, connection: response.headers.connection }
}

/** Requests a connector several times. */
async function statuses(server: RunningServer, count: number): Promise<(number | undefined)[]> {
  return (await Promise.all(Array.from({ length: count }, () => get(server)))).map(({ status }) => status)
}

async function askSlowly(server: RunningServer): Promise<[Promise<Answer>, ServerResponse]> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  slow = resolve
  const answer = get(server, undefined, 'slow')
  answer.catch(() => undefined)
  return [answer, await promise]
}

function answerSlowly(upstream: ServerResponse): void {
  upstream.end('{"apiVersion":"edc.kaphera.com/v1alpha1","kind":"Connector","metadata":{"name":"slow","uid":"u"}}')
}

async function accepts({ url }: RunningServer): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const isConnected = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return isConnected
}

/** Whether a process runs. One that has ended may wait for a parent to ask for its exit code. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return stat.split(') ')[1]?.startsWith('Z') !== true
}

async function pidsOf(server: Served): Promise<readonly [number, number]> {
  return (await server.logged('The server listens.')).workers as [number, number]
}

/** Number of requests that the metrics report. */
async function counted(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/`)).text()
  const counts = text.matchAll(/^kaphera_http_request_duration_seconds_count\{.* (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

describe('workers', () => {
  it('share a port and a log, which has their numbers', async () => {
    const server = await start()
    expect(await statuses(server, 32)).toEqual(Array(32).fill(200))
    const decisions = server.lines.filter(({ event }) => event === 'decision')
    expect(decisions).toHaveLength(32)
    expect(new Set(decisions.map(({ worker }) => worker))).toEqual(new Set([1, 2]))
  })

  it('get their settings, and nothing else of the environment', async () => {
    const env = { RATE_LIMIT: '100/1', HTTP_PROXY: 'http://127.0.0.1:1', SECRET: 'secret', NODE_OPTIONS: '--bogus' }
    for (const pid of await pidsOf(await start({ env }))) {
      const names = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((entry) => entry.split('=')[0])
      const expected = ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'RATE_LIMIT']
      expect(names.filter((name) => !/^NODE_CHANNEL_|^$/.test(name ?? '')).sort()).toEqual(expected.sort())
    }
  })

  it('are replaced when they die, and meanwhile the others serve', async () => {
    const server = await start()
    const pids = await pidsOf(server)
    process.kill(pids[1], 'SIGKILL')
    expect(await server.logged('A worker has ended.')).toMatchObject({ worker: 2, pid: pids[1], signal: 'SIGKILL' })
    expect(await statuses(server, 8)).toEqual(Array(8).fill(200))
    expect(await server.logged('A worker was replaced.')).toMatchObject({ worker: 2 })
    expect(await statuses(server, 32)).toEqual(Array(32).fill(200))
    expect(new Set(server.lines.slice(-32).map(({ worker }) => worker))).toEqual(new Set([1, 2]))
    expect(await server.stop()).toBe(0)
  })

  it('are replaced by the same program, even if its file is another one by now', async () => {
    const [copy, other] = [join(directory, 'copy'), join(directory, 'other')]
    await copyFile(COMMAND, copy)
    await writeFile(other, '#!/bin/false\n', { mode: 0o755 })
    const server = await start({ command: copy })
    await rename(other, copy)
    process.kill((await pidsOf(server))[0], 'SIGKILL')
    await server.logged('A worker was replaced.')
    expect(await statuses(server, 8)).toEqual(Array(8).fill(200))
  })

  it('end with their parent', async () => {
    const server = await start()
    const pids = await pidsOf(server)
    await server.stop('SIGKILL')
    await expect.poll(async () => Promise.all(pids.map(runs)), { timeout: 5_000 }).toEqual([false, false])
    expect(await accepts(server)).toBe(false)
  })

  it('cannot be started by anything else', async () => {
    await expect(start({ args: ['--worker=1'] })).rejects.toThrow('--worker is only for the processes')
  })
})

describe('the metrics', () => {
  it('are those of all workers, also of those that have died', async () => {
    const server = await start({ args: ['--metrics=127.0.0.1:0'] })
    const { ports = [] } = await server.logged('The server listens.')
    const metrics = ports[1] as number
    await statuses(server, 32)
    expect(await counted(metrics)).toBe(32)
    process.kill((await pidsOf(server))[0], 'SIGKILL')
    await server.logged('A worker was replaced.')
    expect(await counted(metrics)).toBe(32)
    await statuses(server, 16)
    expect(await counted(metrics)).toBe(48)
  })
})

describe('the rate limit', () => {
  it('holds for all workers together', async () => {
    const server = await start({ env: { RATE_LIMIT: '10/3600' } })
    const answered = await statuses(server, 32)
    expect(answered.filter((status) => status === 200)).toHaveLength(10)
    expect(answered.filter((status) => status === 429)).toHaveLength(22)
  })
})

describe('the port', () => {
  it.each([1, 2])('is refused to another server with %i workers', async (workers) => {
    const server = await start()
    const { host } = new URL(server.url)
    await expect(start({ listen: host, args: [`--workers=${workers}`] })).rejects.toThrow(/in use/)
    expect(await statuses(server, 4)).toEqual(Array(4).fill(200))
  })

  it('is not shared with a server that is alone', async () => {
    const { url } = await start({ args: ['--workers=1'] })
    await expect(start({ listen: new URL(url).host })).rejects.toThrow(/in use/)
  })
})

describe('wrong settings', () => {
  it('are printed once, and no worker starts', async () => {
    const args = [`--kube=http://${standIns.kube}`, `--service-account=${directory}`, '--workers=2']
    const env = { OIDC_ISSUER: standIns.issuer, WATCH_SECONDS: '0' }
    const failed = promisify(execFile)(COMMAND, args, { env, timeout: 30_000 })
    await expect(failed).rejects.toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^(kaphera-cloud-server: [A-Z_]+ .*\n){2}$/),
    })
  })
})

describe('the shutdown', () => {
  it.each([1, 2])('of %i loses no request on a kept connection, and exits with 0', async (count) => {
    const server = await start({ args: [`--workers=${count}`] })
    const agents = Array.from({ length: 16 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    const kept = { status: 200, connection: undefined }
    for (const answer of await Promise.all(agents.map((agent) => get(server, agent)))) expect(answer).toEqual(kept)
    const clients = agents.map(async (agent) => {
      let answer: Answer = kept
      while (answer.connection !== 'close') answer = await get(server, agent)
      return answer.status
    })
    const stream = await fetch(server.url + CONNECTORS, {
      headers: { Authorization: `Bearer ${standIns.token}`, Accept: 'text/event-stream' },
    })
    const [answer, upstream] = await askSlowly(server)
    const code = server.stop()
    expect(await stream.text()).toMatch(/event: RECONNECT\n[\s\S]*"server_stopping"/)
    expect(await Promise.all(clients)).toEqual(Array(16).fill(200))
    await expect.poll(() => accepts(server)).toBe(false)
    answerSlowly(upstream)
    expect(await answer).toEqual({ status: 200, connection: 'close' })
    expect(await code).toBe(0)
  })

  it.each([1, 2])('of %i does not wait after a second signal', async (count) => {
    const server = await start({ args: [`--workers=${count}`] })
    const { workers: pids = [] } = await server.logged('The server listens.')
    await askSlowly(server)
    process.kill(server.pid, 'SIGTERM')
    await expect.poll(() => accepts(server)).toBe(false)
    const started = performance.now()
    expect(await server.stop('SIGINT')).toBe(130)
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(await Promise.all(pids.map(runs))).toEqual(pids.map(() => false))
  })

  it('can be told to the workers as well', async () => {
    const server = await start()
    const [answer, upstream] = await askSlowly(server)
    for (const pid of await pidsOf(server)) process.kill(pid, 'SIGINT')
    const code = server.stop('SIGINT')
    await expect.poll(() => accepts(server)).toBe(false)
    answerSlowly(upstream)
    expect((await answer).status).toBe(200)
    expect(await code).toBe(0)
  })
})
