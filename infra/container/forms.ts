/**
 * Measures each form: milliseconds from process start to the first answer, and memory at rest.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Build } from '../bundle/build.ts'
import { compileImage, compileServer } from '../runtimes/bun/compile.ts'
import { startBinary } from '../runtimes/bun/process.ts'
import type { RunningServer } from '../runtimes/process.ts'

/** Starts of each form; the median counts. */
const STARTS = 5
/** Milliseconds between the first answer and the look at memory. */
const REST_MS = 1000

/** Start time and memory of a form. */
export interface FormFigures {
  readonly form: string
  /** Median, in milliseconds. */
  readonly startMs: number
  /** Resident memory in bytes; unknown without /proc. */
  readonly memory: number | undefined
}

/**
 * Starts each form on this machine, without a cluster.
 * @param built - The build
 * @param scratch - Directory for the executables and an empty token file
 */
export async function measureForms(built: Build, scratch: string): Promise<FormFigures[]> {
  const token = join(scratch, 'token')
  await mkdir(token, { recursive: true })
  await writeFile(join(token, 'token'), '')
  const binary = join(scratch, 'kaphera-cloud-server')
  await compileServer(built, binary)
  const image = await compileImage(built, { out: join(scratch, 'image') })
  const env = {
    OIDC_ISSUER: 'https://id.example.com',
    OIDC_AUDIENCE: 'kaphera-cloud-server',
    SSL_CERT_DIR: '/etc/ssl/certs',
  }
  const start = (command: string, ...args: string[]): Promise<RunningServer> =>
    startBinary({ command, args, kube: 'http://127.0.0.1:1', serviceAccount: token, env })
  const forms: [string, () => Promise<RunningServer>][] = [
    ['single binary, all functions', () => start(binary)],
    ['image, all functions', () => start(image)],
    ['image, connectors alone', () => start(image, '--function=connectors')],
  ]
  const figures: FormFigures[] = []
  for (const [form, start] of forms) {
    const runs = []
    for (let run = 0; run < STARTS; run += 1) runs.push(await measure(start))
    runs.sort((a, b) => a.startMs - b.startMs)
    figures.push({ form, ...(runs[Math.floor(STARTS / 2)] as Omit<FormFigures, 'form'>) })
  }
  return figures
}

async function measure(start: () => Promise<RunningServer>): Promise<Omit<FormFigures, 'form'>> {
  const started = performance.now()
  const server = await start()
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
