/** The single binary: connections of clients, and what it needs of the system. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portOf } from '../../infra/runtimes/bun/process.ts'
import { type RunningServer, startProcess } from '../../infra/runtimes/process.ts'
import { WHOLE } from '../whole.ts'
import { COMMAND } from './compiled.ts'

const HOST = 'Host: api.example.com\r\n'

let directory: string
let server: RunningServer
const ends: (() => unknown)[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-connections-'))
  ends.push(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'token'), 'token')
  server = await start(COMMAND)
})

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** Starts the binary by a command. Its issuer and its API server cannot be reached. */
async function start(file: string, args: readonly string[] = [], serviceAccount = directory): Promise<RunningServer> {
  const nowhere = 'http://127.0.0.1:1'
  const started = await startProcess({
    command: file,
    args: [...args, '--listen=127.0.0.1:0', `--kube=${nowhere}`, `--service-account=${serviceAccount}`],
    env: { OIDC_ISSUER: nowhere, OIDC_AUDIENCE: 'kaphera-cloud' },
    stdio: ['ignore', 'pipe', 'pipe'],
    port: portOf,
  })
  ends.push(() => started.stop('SIGKILL'))
  return started
}

async function open({ url }: RunningServer): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Sends bytes, then more of them every second, and returns everything until the connection is closed. */
async function raw(text: string, dripped = ''): Promise<string> {
  const socket = await open(server)
  socket.write(text)
  const timer = setInterval(() => socket.write(dripped), 1_000)
  socket.once('close', () => clearInterval(timer))
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'close')
  return answer
}

/** The status of each answer. */
function statuses(answer: string): string[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status as string)
}

/** Asks on an open connection. */
async function ask(socket: Socket): Promise<string> {
  socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`)
  const [chunk] = await once(socket, 'data')
  return String(chunk).slice(0, 12)
}

describe('a slow client', () => {
  const PATIENT = { timeout: 60_000, concurrent: true }

  it.each([
    ['nothing', '', '', 16],
    ['half a line', 'GET / HT', '', 16],
    ['a header, a byte a second', `GET /healthz HTTP/1.1\r\n${HOST}X-A: `, 'a', 16],
    ['a body, a byte a second', `POST /v1/me HTTP/1.1\r\n${HOST}Content-Length: 9000\r\n\r\n`, 'a', 40],
  ])('is left after a while: %s', PATIENT, async (_, text, dripped, seconds) => {
    const started = performance.now()
    const answer = await raw(text, dripped)
    expect(performance.now() - started).toBeLessThan(seconds * 1_000)
    expect(statuses(answer)).not.toContain('200')
  })

  it.runIf(WHOLE)('may use a connection again long after a refusal', PATIENT, async () => {
    const socket = await open(server)
    const closed = once(socket, 'close')
    socket.write(`POST /v1/me HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\n{}`)
    await once(socket, 'data')
    // Longer than a body may take.
    const after = await Promise.race([closed, setTimeout(35_000, 'open')])
    expect(after).toBe('open')
    expect(await ask(socket)).toBe('HTTP/1.1 200')
  })
})

describe('many connections', () => {
  it('that are idle do not keep others from being answered', { timeout: 60_000 }, async () => {
    const idle = await Promise.all(Array.from({ length: 10_000 }, () => open(server)))
    expect(await ask(await open(server))).toBe('HTTP/1.1 200')
    for (const socket of idle) socket.destroy()
  })

  it('beyond what the system allows wait until others are closed', { timeout: 60_000 }, async () => {
    const limited = await start('sh', ['-c', 'ulimit -n 200 && exec "$0" "$@"', COMMAND])
    const kept = await open(limited)
    expect(await ask(kept)).toBe('HTTP/1.1 200')
    const idle = await Promise.all(Array.from({ length: 300 }, () => open(limited)))
    expect(await ask(kept)).toBe('HTTP/1.1 200')
    const waiting = await open(limited)
    const answer = ask(waiting)
    for (const socket of idle) socket.destroy()
    expect(await answer).toBe('HTTP/1.1 200')
  })
})

/** Runs a command in a file system of its own: read-only, as nobody, without capabilities. */
const JAIL = `
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
for device in null urandom; do mount --bind "/dev/$device" "$root/dev/$device"; done
mount -o remount,ro,bind "$root"
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid chroot --userspec=65532:65532 "$root" "$@"`

function isPossible(file: string, args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('the system', () => {
  const canJail = isPossible('unshare', ['--mount', 'sh', '-c', 'mount --make-rprivate / && setpriv --version'])

  it.skipIf(!canJail)('gives it nothing but its own files, which it cannot write', async () => {
    const jail = join(directory, 'jail')
    const libraries = execFileSync('ldd', [COMMAND], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
    for (const file of libraries) {
      await mkdir(join(jail, dirname(file)), { recursive: true })
      await copyFile(file, join(jail, file))
    }
    await copyFile(COMMAND, join(jail, 'server'))
    for (const path of ['proc', 'dev', 'account']) await mkdir(join(jail, path))
    for (const file of ['dev/null', 'dev/urandom', 'account/token']) await writeFile(join(jail, file), 'token')
    const jailed = await start('unshare', ['--mount', 'sh', '-c', JAIL, 'sh', jail, '/server'], '/account')
    expect(await ask(await open(jailed))).toBe('HTTP/1.1 200')
    const status = await readFile(`/proc/${jailed.pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m)
    expect(status).toMatch(/^CapPrm:\t0+$/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    await expect(writeFile(`/proc/${jailed.pid}/root/file`, '')).rejects.toThrow('EROFS')
    expect(await jailed.stop()).toBe(0)
  })
})
