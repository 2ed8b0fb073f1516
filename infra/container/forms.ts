/**
 * What each form takes: milliseconds from the start of its process to the first answer, and memory at rest.
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { workerdBinary } from '../workerd/binary.ts'
import { compileServer } from '../workerd/compile.ts'
import { startServer } from '../workerd/process.ts'

/** Starts of each form; the median counts. */
const STARTS = 5
/** Milliseconds after the first answer until memory is looked at. */
const REST_MS = 1000

/** What a form takes. */
export interface FormFigures {
  readonly form: string
  /** Median, in milliseconds. */
  readonly startMs: number
  /** Resident memory, in bytes; not known where there is no /proc. */
  readonly memory: number | undefined
}

/**
 * Starts each form on this machine, without a cluster.
 * @param dist - What was built
 * @param scratch - Directory for the binary and an empty token
 */
export async function measureForms(dist: string, scratch: string): Promise<FormFigures[]> {
  const token = join(scratch, 'token')
  await mkdir(token, { recursive: true })
  await writeFile(join(token, 'token'), '')
  const binary = join(scratch, 'kaphera-cloud-server')
  await compileServer(join(dist, 'workerd', 'config.capnp'), binary)
  const serve = (name: string): string[] => ['serve', join(dist, 'workerd', `${name}.capnp`), 'config']
  const forms: [string, string, string[]][] = [
    ['single binary, all functions', binary, []],
    ['image, all functions', workerdBinary(), serve('config')],
    ['image, connectors alone', workerdBinary(), serve('connectors')],
  ]
  const figures: FormFigures[] = []
  for (const [form, command, args] of forms) {
    const runs = []
    for (let run = 0; run < STARTS; run += 1) runs.push(await start(command, args, token))
    runs.sort((a, b) => a.startMs - b.startMs)
    figures.push({ form, ...(runs[Math.floor(STARTS / 2)] as Omit<FormFigures, 'form'>) })
  }
  return figures
}

async function start(command: string, args: string[], token: string): Promise<Omit<FormFigures, 'form'>> {
  const started = performance.now()
  const server = await startServer({
    command,
    args,
    directories: { 'kube-token': token },
    external: { kube: '127.0.0.1:1' },
    env: { SSL_CERT_DIR: '/etc/ssl/certs' },
  })
  try {
    await (await fetch(`${server.url}/healthz`)).text()
    const startMs = performance.now() - started
    await sleep(REST_MS)
    return { startMs, memory: await residentMemory(server.pid) }
  } finally {
    await server.stop('SIGKILL')
  }
}

async function residentMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
