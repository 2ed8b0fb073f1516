/** `logs` of real pods: the kubelet writes and rotates what containers print, and restarts them. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAll } from '../../infra/bundle/build.ts'
import { demoSettings } from '../../infra/local/issuer/identities.ts'
import { compileServer } from '../../infra/runtimes/bun/compile.ts'
import { portOf } from '../../infra/runtimes/bun/process.ts'
import { type RunningServer, startProcess } from '../../infra/runtimes/process.ts'
import { buildMissing, cachedProgram } from '../cluster/harness/go-build.ts'
import { removeScratch, scratchDirectory, waitFor } from '../cluster/harness/processes.ts'
import { say } from './figures.ts'
import { type DemoIssuer, type Product, startLocalIssuer, startProduct } from './product.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

const MINUTE = 60_000
const PODS = '/api/v1/namespaces/org-acme/pods'
const IMAGE = 'dev.local/writer:1'
/** MiB that the kubelet keeps of a log before it begins another file. */
const ROTATED = 10

const scratch = scratchDirectory('logs')
let product: Product
let issuer: DemoIssuer
let server: RunningServer
let workload: string
/** Address of its logs. */
let logs: string

beforeAll(async () => {
  product = await startProduct(async () => {
    issuer = await startLocalIssuer()
    return issuer
  })
  const image = join(scratch, 'image')
  const module = join(import.meta.dirname, 'writer')
  const file = cachedProgram(module, 'writer')
  await buildMissing([{ module, package: '.', file, linkerFlags: [] }])
  cpSync(file, join(image, 'writer'))
  await product.node.importDirectory(IMAGE, image, ['/writer'])
  const command = join(scratch, 'server')
  await compileServer(await buildAll({ out: join(scratch, 'dist') }), command)
  server = await startProcess({
    command,
    args: ['--listen=127.0.0.1:0', `--kubeconfig=${product.node.kubeconfig}`],
    env: demoSettings(issuer.issuer),
    stdio: ['ignore', 'pipe', 'pipe'],
    port: portOf,
  })
  const connectors = `${server.url}/v1/organizations/acme/connectors`
  const { items } = await (await fetch(connectors, { headers: await headers() })).json()
  workload = items[0].metadata.name
  logs = `${connectors}/${workload}/logs`
  await Promise.all([start('steady'), start('failing', '-lines=50', '-pause=100ms')])
}, 15 * MINUTE)

afterAll(async () => {
  await server?.stop()
  await product?.stop()
  removeScratch(scratch)
}, 3 * MINUTE)

async function headers(): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await issuer.tokenOf('acme-operator')}` }
}

/** Creates a pod of the workload and waits until it runs. */
async function start(name: string, ...args: readonly string[]): Promise<void> {
  const container = { name: 'writer', image: IMAGE, imagePullPolicy: 'Never', args }
  await product.kube.json('POST', PODS, {
    metadata: { name, labels: { 'app.kubernetes.io/instance': workload } },
    spec: { containers: [container], terminationGracePeriodSeconds: 0 },
  })
  const isRunning = async (): Promise<true | undefined> => {
    const { status } = await product.kube.json<Json>('GET', `${PODS}/${name}`)
    return status.containerStatuses?.[0].state.running === undefined ? undefined : true
  }
  await waitFor(isRunning, { what: `${name} runs`, timeoutMs: 2 * MINUTE })
}

/** Opens a log. @throws {Error} unless it is shown */
async function open(query: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(`${logs}?${query}`, { headers: await headers(), signal: signal ?? null })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return response
}

/** The lines of a log as they come. */
async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
}

/** The numbers of lines. */
function numbers(lines: readonly string[]): number[] {
  return lines.filter((line) => line.includes('line ')).map((line) => Number(/line (\d+)/.exec(line)?.[1]))
}

/** The numbers from the first to the last of some. */
function consecutive(found: readonly number[]): number[] {
  return Array.from({ length: found.length }, (_, index) => (found[0] ?? 0) + index)
}

it('shows the last lines, with their times, and those of the last seconds', async () => {
  const last = (await (await open('pod=steady&tail=5&timestamps=true')).text()).trimEnd().split('\n')
  expect(last).toHaveLength(5)
  expect(numbers(last)).toEqual(consecutive(numbers(last)))
  for (const line of last) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\S+ line \d+$/)
  await waitFor(async () => (numbers([await (await open('pod=steady&tail=1')).text()])[0] ?? 0) > 200 || undefined, {
    what: 'there are more lines than one second has',
    timeoutMs: MINUTE,
  })
  const recent = numbers((await (await open('pod=steady&since=1&tail=5000')).text()).split('\n'))
  expect(recent).toEqual(consecutive(recent))
  expect(recent[0]).toBeGreaterThan(1)
})

it('has no previous log of a container that was not restarted', async () => {
  const response = await fetch(`${logs}?pod=steady&previous=true`, { headers: await headers() })
  expect([response.status, (await response.json()).detail]).toEqual([
    404,
    'The container writer has not been restarted, so it has no previous log.',
  ])
})

it('follows a log over its rotation without losing a line', { timeout: 3 * MINUTE }, async () => {
  await start('loud', `-burst=${ROTATED + 2}`)
  const over = new AbortController()
  const found: number[] = []
  let bytes = 0
  for await (const line of linesOf(await open('pod=loud&tail=5000&follow=true', over.signal))) {
    found.push(...numbers([line]))
    bytes += line.length
    // The kubelet looks at sizes every ten seconds. What the container writes after that is in another file.
    if (bytes > (ROTATED + 1) * 1024 ** 2 && (await isRotated()) && !line.endsWith('x')) break
  }
  over.abort()
  expect(found.length).toBeGreaterThan(ROTATED * 1024)
  expect(found).toEqual(consecutive(found))
  say(`log followed over a rotation: ${found.length} lines, ${bytes} bytes, none lost`)
})

/** Whether the current file of the loud log begins later than the first line. */
async function isRotated(): Promise<boolean> {
  const text = await (await product.kube.request('GET', `${PODS}/loud/log?limitBytes=100`)).text()
  return !text.startsWith('run ')
}

it(
  'ends when the followed container ends, and then shows its log as the previous one',
  async () => {
    // It may be between two runs.
    const response = await waitFor(() => open('pod=failing&follow=true').catch(() => undefined), {
      what: 'the log is shown',
      timeoutMs: MINUTE,
    })
    const lines = await Array.fromAsync(linesOf(response))
    expect(numbers(lines)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    const previous = await waitFor(
      async () => {
        const text = await (await open('pod=failing&previous=true').catch(() => undefined))?.text()
        const current = await (await open('pod=failing').catch(() => undefined))?.text()
        return text?.startsWith(`${lines[0]}\n`) && current !== text ? text : undefined
      },
      { what: 'the container was restarted', timeoutMs: 3 * MINUTE, intervalMs: 200 },
    )
    expect(previous).toBe(`${lines.join('\n')}\n`)
  },
  6 * MINUTE,
)
