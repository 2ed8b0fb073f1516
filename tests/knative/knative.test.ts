/** The product on a real Knative. The tests depend on each other in this order: each deploys what the next one changes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../cluster/harness/processes.ts'
import { runVitest } from '../cluster/harness/vitest-run.ts'
import { judge } from '../load/judge.ts'
import { startLoad } from '../load/load.ts'
import { say } from './figures.ts'
import { NAMESPACE, type Product, revisions, Sources, servicePath, startProduct, templateOf } from './product.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

const MINUTE = 60_000
/** Number of cold starts. */
const ROUNDS = Number(process.env.KNATIVE_ROUNDS ?? 10)

let product: Product
let first: Sources
let second: Sources

beforeAll(async () => {
  product = await startProduct()
  first = new Sources('first')
  // A release with a change in four functions, one of which does not start.
  second = new Sources('second')
  for (const name of ['connectors', 'participants', 'cells']) second.add(name, `globalThis.release = 'second'`)
  second.add('vaults', `if (navigator.userAgent.startsWith('Bun/')) throw new Error('this release is broken')`)
  await product.release(first)
  await product.release(second)
}, 15 * MINUTE)

afterAll(async () => {
  first?.remove()
  second?.remove()
  await product?.stop()
}, 3 * MINUTE)

async function service(name: string): Promise<Json> {
  return product.kube.json('GET', servicePath(name))
}

async function get(path: string): Promise<Response> {
  const headers = { Authorization: `Bearer ${await product.tokenOf('acme-viewer')}` }
  return fetch(product.ingress.url + path, { headers })
}

describe('a deployment', () => {
  it('installs every function, each with all traffic on its revision', { timeout: 15 * MINUTE }, async () => {
    const { code, output, seconds } = await product.deploy(first, '--timeout', '300')
    expect(code, output).toBe(0)
    say(`first deployment of ${(await revisions(product.kube)).length} functions: ${seconds.toFixed(1)} s\n${output}`)
    const response = await get('/v1/organizations/acme/connectors')
    expect(response.status, await response.text()).toBe(200)
  })

  it('changes nothing when it is repeated', { timeout: 5 * MINUTE }, async () => {
    const before = await revisions(product.kube)
    const { code, output, seconds } = await product.deploy(first)
    expect(code, output).toBe(0)
    expect(await revisions(product.kube)).toEqual(before)
    expect(output).not.toMatch(/deployed|update/)
    say(`deployment without a change: ${seconds.toFixed(1)} s`)
  })
})

describe('the product', () => {
  it('passes the contract suite through its gateway', { timeout: 15 * MINUTE }, async () => {
    const { passed, failed } = await runVitest(['contract'], { CONTRACT_URL: product.ingress.url })
    say(`contract suite through the gateway: ${passed} passed, ${failed} failed`)
    expect(failed).toBe(0)
    expect(passed).toBeGreaterThan(0)
  })

  it('ignores addresses that a client claims', { timeout: MINUTE }, async () => {
    const response = await fetch(`${product.ingress.url}/.well-known/oauth-protected-resource`, {
      headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' },
    })
    expect(await response.json()).toMatchObject({ resource: product.ingress.url })
  })

  it('scales to zero and comes back on a request', { timeout: 30 * MINUTE }, async () => {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      await atZero(['capabilities', 'connectors'])
      // The gateway is running, so only the function's start is measured.
      expect((await fetch(`${product.ingress.url}/healthz`)).status).toBe(200)
      const token = await product.tokenOf('acme-viewer')
      const started = performance.now()
      const response = await fetch(`${product.ingress.url}/v1/organizations/acme/connectors`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      times.push(performance.now() - started)
      expect(response.status, await response.text()).toBe(200)
    }
    const sorted = times.map(Math.round).sort((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)]
    say(
      `first authenticated list from zero pods: ${sorted[0]}/${median}/${sorted.at(-1)} ms (min/median/max of ${ROUNDS})`,
    )
  })
})

/** Waits until functions have no pods. */
async function atZero(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const selector = encodeURIComponent(`serving.knative.dev/service=${name}`)
    const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`
    await waitFor(async () => ((await product.kube.json<Json>('GET', path)).items.length === 0 ? true : undefined), {
      what: `${name} has no pods`,
      timeoutMs: 5 * MINUTE,
      intervalMs: 500,
    })
  }
}

describe('one changed function', () => {
  it('is deployed alone under load, and no request fails', { timeout: 10 * MINUTE }, async () => {
    const before = await revisions(product.kube)
    const plurals = ['connectors', 'vaults', 'participants', 'dataplanes', 'identityhubs', 'credentialissuers']
    const paths = [
      ...plurals.map((plural) => `/v1/organizations/acme/${plural}`),
      '/v1/cells',
      '/capabilities',
      '/v1/me',
    ]
    const addresses = paths.map((path) => product.ingress.url + path)
    const headers = { Authorization: `Bearer ${await product.tokenOf('acme-viewer')}` }
    // Running before the load is counted.
    for (const address of addresses) expect((await fetch(address, { headers })).status).toBe(200)
    const tested = addresses.filter((address) => address.endsWith('/connectors'))
    const load = startLoad(tested, headers, 10)
    const control = startLoad(
      addresses.filter((address) => !tested.includes(address)),
      headers,
      40,
    )
    const { code, output, seconds } = await product.deploy(second, '--only', 'connectors')
    await sleep(3000)
    const [result, untouched] = await Promise.all([load.stop(), control.stop()])
    const { lost, summary } = judge(result, untouched)
    say(`deploy --only connectors: ${summary}`)
    expect(code, output).toBe(0)
    expect(lost).toEqual([])
    // The other routes must not be affected either.
    expect(judge(untouched, untouched).lost).toEqual([])
    const after = await revisions(product.kube)
    expect(after.filter((name) => !before.includes(name))).toEqual([await templateOf(product.kube, 'connectors')])
    say(`deploy --only connectors: ${seconds.toFixed(1)} s from command to traffic\n${output}`)
  })

  it('is rolled back by command', { timeout: 5 * MINUTE }, async () => {
    const now = await templateOf(product.kube, 'connectors')
    const { code, output } = await product.deploy(second, '--rollback', 'connectors')
    expect(code, output).toBe(0)
    const { spec } = await service('connectors')
    expect(spec.traffic).toMatchObject([{ revisionName: expect.not.stringMatching(now), percent: 100 }])
    expect(spec.template.metadata.name).toBe(now)
  })
})

describe('a canary', () => {
  it('gets a part of the traffic, then all', { timeout: 10 * MINUTE }, async () => {
    const old = await templateOf(product.kube, 'participants')
    const headers = { Authorization: `Bearer ${await product.tokenOf('acme-viewer')}` }
    const load = startLoad([`${product.ingress.url}/v1/organizations/acme/participants`], headers, 20)
    const control = startLoad([`${product.ingress.url}/v1/organizations/acme/identityhubs`], headers, 20)
    let counted: { old: number; new: number } | undefined
    const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
      const lines: string[] = []
      const args = ['--only', 'participants', '--canary', '10', '--step', '15']
      let from = { old: 0, new: 0 }
      const counts = async () => ({
        old: product.ingress.requestsOf(old),
        new: product.ingress.requestsOf(await templateOf(product.kube, 'participants')),
      })
      const child = product.startDeploy(second, args, (line) => {
        lines.push(line)
        if (line.includes('10 % of the traffic')) void counts().then((now) => (from = now))
        if (line.includes('50 % of the traffic')) {
          void counts().then((now) => (counted = { old: now.old - from.old, new: now.new - from.new }))
        }
      })
      child.once('close', (code) => resolve({ code, output: lines.join('\n') }))
    })
    const [result, untouched] = await Promise.all([load.stop(), control.stop()])
    const { lost, summary } = judge(result, untouched)
    say(`canary: ${summary}`)
    expect(code, output).toBe(0)
    expect(lost).toEqual([])
    say(`canary of 10 %: ${counted?.old} requests to the old revision, ${counted?.new} to the new one`)
    expect(counted?.new).toBeGreaterThan(0)
    expect(counted?.old).toBeGreaterThan((counted?.new ?? 0) * 3)
    const { spec, status } = await service('participants')
    expect(spec.traffic).toEqual([{ latestRevision: true, percent: 100 }])
    expect(status.traffic[0].revisionName).not.toBe(old)
  })
})

describe('a broken revision', () => {
  it('never gets a request, and its deployment fails', { timeout: 10 * MINUTE }, async () => {
    const old = await templateOf(product.kube, 'vaults')
    const headers = { Authorization: `Bearer ${await product.tokenOf('acme-viewer')}` }
    const load = startLoad([`${product.ingress.url}/v1/organizations/acme/vaults`], headers, 5)
    const control = startLoad([`${product.ingress.url}/v1/organizations/acme/identityhubs`], headers, 5)
    const { code, output, seconds } = await product.deploy(second, '--only', 'vaults', '--timeout', '90')
    const [result, untouched] = await Promise.all([load.stop(), control.stop()])
    const { lost, summary } = judge(result, untouched)
    say(`broken revision: ${summary}`)
    expect(code, output).toBe(1)
    expect(output).toContain(`stays on ${old}`)
    expect(lost).toEqual([])
    const broken = await templateOf(product.kube, 'vaults')
    expect(broken).not.toBe(old)
    expect(product.ingress.requestsOf(broken)).toBe(0)
    expect((await service('vaults')).spec.traffic).toMatchObject([{ revisionName: old, percent: 100 }])
    say(`broken revision given up after ${seconds.toFixed(1)} s\n${output}`)
  })
})

describe('an interrupted deployment', () => {
  it('is completed by repeating it', { timeout: 10 * MINUTE }, async () => {
    await new Promise<void>((resolve) => {
      const args = ['--only', 'cells', '--canary', '10', '--step', '300']
      const child = product.startDeploy(second, args, (line) => {
        if (line.includes('10 % of the traffic')) child.kill('SIGKILL')
      })
      child.once('close', () => resolve())
    })
    expect((await service('cells')).spec.traffic).toHaveLength(2)
    const { code, output } = await product.deploy(second, '--only', 'cells')
    expect(code, output).toBe(0)
    expect(output).toMatch(/cells .*finish/)
    const { spec, status } = await service('cells')
    expect(spec.traffic).toEqual([{ latestRevision: true, percent: 100 }])
    expect(status.traffic).toMatchObject([{ revisionName: spec.template.metadata.name, percent: 100 }])
  })
})
