/** The Helm chart on a real Knative. The tests depend on each other in this order. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeScratch, scratchDirectory, waitFor } from '../cluster/harness/processes.ts'
import { type Helm, startHelm } from '../helm/helm.ts'
import { underLoad } from '../load/under-load.ts'
import { say } from './figures.ts'
import {
  IMAGE,
  NAMESPACE,
  type Product,
  revisions,
  Sources,
  startLocalIssuer,
  startProduct,
  templateOf,
} from './product.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

const MINUTE = 60_000
/** Requests a second during a change: half of them to what changes. */
const RATE = 50
const PLAIN = 'kaphera-plain'

const run = promisify(execFile)
const scratch = scratchDirectory('helm-values')
let product: Product
let helm: Helm
let first: Sources
let second: Sources

beforeAll(async () => {
  product = await startProduct(startLocalIssuer)
  helm = await startHelm({ KUBECONFIG: product.node.kubeconfig })
  first = new Sources('chart-first')
  second = new Sources('chart-second')
  second.add('connectors', `globalThis.release = 'second'`)
  for (const sources of [first, second]) {
    await product.release(sources)
    await run(process.execPath, ['build.mjs', 'chart'], { cwd: sources.directory })
  }
  // Helm itself names the namespace.
  const { namespace: _, ...values } = JSON.parse(readFileSync(product.values, 'utf8'))
  writeFileSync(join(scratch, 'values.yaml'), JSON.stringify(values))
}, 15 * MINUTE)

afterAll(async () => {
  first?.remove()
  second?.remove()
  removeScratch(scratch)
  await product?.stop()
}, 3 * MINUTE)

/** Runs a command of Helm that succeeds, and returns how long it took, in seconds. */
async function succeed(...args: readonly string[]): Promise<number> {
  const started = performance.now()
  const { code, output, errors } = await helm(...args)
  expect(code, output + errors).toBe(0)
  return (performance.now() - started) / 1000
}

/** The arguments by which a release is installed or upgraded. */
function release(command: string, namespace: string, sources: Sources, ...more: readonly string[]): string[] {
  const chart = join(sources.directory, 'dist', 'chart', 'kaphera-cloud-server')
  const values = ['--values', join(scratch, 'values.yaml'), '--set', `image=${IMAGE}:${sources.tag}`]
  return [command, namespace, chart, '--namespace', namespace, ...values, '--wait', '--timeout', '8m', ...more]
}

/** Makes a change under load. No request to anything may fail. */
async function withoutLoss(
  what: string,
  changing: string[],
  others: string[],
  change: () => Promise<number>,
): Promise<void> {
  const headers = { Authorization: `Bearer ${await product.tokenOf('acme-viewer')}` }
  // Running before the load is counted.
  for (const address of [...changing, ...others]) {
    await waitFor(async () => ((await fetch(address, { headers })).ok ? true : undefined), {
      what: `${address} is answered`,
      timeoutMs: MINUTE,
    })
  }
  const load = { changing, others, headers, rate: RATE / 2 }
  const { seconds, lost, lostOfOthers, summary } = await underLoad(load, change)
  say(`${what}: ${seconds.toFixed(1)} s; ${summary}, ${lostOfOthers.length} of them lost`)
  expect([...lost, ...lostOfOthers]).toEqual([])
}

describe('the form with Knative', () => {
  const address = (path: string): string => product.ingress.url + path
  const changing = (): string[] => [address('/v1/organizations/acme/connectors')]
  const others = (): string[] =>
    ['/v1/organizations/acme/vaults', '/v1/organizations/acme/participants', '/v1/me'].map(address)
  let before: string[]
  let old: string

  it('is installed', { timeout: 10 * MINUTE }, async () => {
    const seconds = await succeed(...release('install', NAMESPACE, first, '--create-namespace'))
    // Helm takes a Service that Knative has not seen yet for ready, so it need not have waited.
    await waitFor(async () => ((await areAllReady()) ? true : undefined), {
      what: 'every function is ready',
      timeoutMs: 5 * MINUTE,
    })
    before = await revisions(product.kube)
    old = await templateOf(product.kube, 'connectors')
    say(`helm install --wait of ${before.length} functions: ${seconds.toFixed(1)} s`)
  })

  it('is upgraded under load: only the changed function is replaced', { timeout: 10 * MINUTE }, async () => {
    await withoutLoss('helm upgrade with one changed function', changing(), others(), () =>
      succeed(...release('upgrade', NAMESPACE, second)),
    )
    const now = await templateOf(product.kube, 'connectors')
    expect(now).not.toBe(old)
    expect((await revisions(product.kube)).filter((name) => !before.includes(name))).toEqual([now])
    expect(await servingRevision()).toBe(now)
  })

  it('is rolled back under load', { timeout: 10 * MINUTE }, async () => {
    await withoutLoss('helm rollback', changing(), others(), () =>
      succeed('rollback', NAMESPACE, '--namespace', NAMESPACE, '--wait', '--timeout', '8m'),
    )
    expect(await templateOf(product.kube, 'connectors')).toBe(old)
    expect(await servingRevision()).toBe(old)
  })

  it('is uninstalled, and nothing of it stays', { timeout: 10 * MINUTE }, async () => {
    const seconds = await succeed('uninstall', NAMESPACE, '--namespace', NAMESPACE, '--wait', '--timeout', '8m')
    say(`helm uninstall: ${seconds.toFixed(1)} s`)
    await expectNothing(NAMESPACE, 'apis/serving.knative.dev/v1', 'services')
    const { items } = await product.kube.json<Json>(
      'GET',
      '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors',
    )
    expect(items.length).toBeGreaterThan(0)
  })

  async function areAllReady(): Promise<boolean> {
    const { items } = await product.kube.json<Json>(
      'GET',
      `/apis/serving.knative.dev/v1/namespaces/${NAMESPACE}/services`,
    )
    const isReady = ({ status }: Json): boolean =>
      status?.conditions?.some(({ type, status }: Json) => type === 'Ready' && status === 'True')
    return items.length > 0 && items.every(isReady)
  }

  async function servingRevision(): Promise<string> {
    const path = `/apis/serving.knative.dev/v1/namespaces/${NAMESPACE}/services/connectors`
    const { status } = await product.kube.json<Json>('GET', path)
    return status.traffic.find(({ percent }: Json) => percent === 100)?.revisionName
  }
})

describe('the form of one process', () => {
  const more = ['--set', 'form=plain']
  let url: string

  it('is installed', { timeout: 10 * MINUTE }, async () => {
    const seconds = await succeed(...release('install', PLAIN, first, '--create-namespace', ...more))
    say(`helm install --wait of one Deployment: ${seconds.toFixed(1)} s`)
    const { items } = await product.kube.json<Json>('GET', `/api/v1/namespaces/${PLAIN}/services`)
    url = `http://${items[0].spec.clusterIP}`
  })

  it('is upgraded and rolled back under load', { timeout: 10 * MINUTE }, async () => {
    const changing = [`${url}/v1/organizations/acme/connectors`]
    const others = [`${url}/v1/organizations/acme/vaults`, `${url}/v1/me`]
    await withoutLoss('helm upgrade of one Deployment', changing, others, () =>
      succeed(...release('upgrade', PLAIN, second, ...more)),
    )
    await withoutLoss('helm rollback of one Deployment', changing, others, () =>
      succeed('rollback', PLAIN, '--namespace', PLAIN, '--wait', '--timeout', '8m'),
    )
  })

  it('is uninstalled, and nothing of it stays', { timeout: 5 * MINUTE }, async () => {
    await succeed('uninstall', PLAIN, '--namespace', PLAIN, '--wait', '--timeout', '4m')
    await expectNothing(PLAIN, 'apis/apps/v1', 'deployments')
  })
})

/** Neither objects of a kind in a namespace nor ClusterRoles of the server are left. */
async function expectNothing(namespace: string, api: string, plural: string): Promise<void> {
  const { items } = await product.kube.json<Json>('GET', `/${api}/namespaces/${namespace}/${plural}`)
  expect(items).toEqual([])
  const label = encodeURIComponent('app.kubernetes.io/part-of=kaphera-cloud-server')
  for (const roles of ['clusterroles', 'clusterrolebindings']) {
    const path = `/apis/rbac.authorization.k8s.io/v1/${roles}?labelSelector=${label}`
    expect((await product.kube.json<Json>('GET', path)).items).toEqual([])
  }
}
