import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Fault } from '../../infra/local/cluster/index.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { built } from '../built.ts'
import { recordLine } from '../contract/traffic.ts'
import { RUNTIME } from '../runtime.ts'

/** The server reports cluster failures in time and recovers by itself. */
const { texts, settings, bundles: all } = built()
/** The functions that the tests use: the others would make each start slower. */
const bundles = all.filter(({ name }) => ['gateway', 'capabilities', 'connectors'].includes(name))
let local: Local

beforeAll(async () => {
  await start({ KUBE_TIMEOUT_MS: '1000' })
})
beforeEach(() => {
  if (local.cluster) local.cluster.intercept = undefined
})
afterAll(() => local.stop())

const path = '/v1/organizations/acme/connectors'

async function start(env: Record<string, string>): Promise<void> {
  local = await startLocal({ runtime: RUNTIME, speed: 0, env, bundles, texts, settings, onLine: recordLine })
}

function fail(fault: Fault): void {
  if (local.cluster) local.cluster.intercept = () => fault
}

async function as(name: string): Promise<Record<string, string>> {
  const response = await fetch(`${local.issuer?.url}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'kaphera-cli', username: name, password: name }),
  })
  const { access_token } = (await response.json()) as { access_token: string }
  return { Authorization: `Bearer ${access_token}` }
}

async function get(
  headers: Record<string, string>,
): Promise<{ status: number; headers: Headers; body: { code?: string } }> {
  const response = await fetch(`${local.url}${path}`, { headers })
  return { status: response.status, headers: response.headers, body: (await response.json()) as { code?: string } }
}

describe('a cluster', () => {
  test('is down: 503 with Retry-After, and 200 when it is back', async () => {
    const headers = await as('acme-viewer')
    expect((await get(headers)).status).toBe(200)
    fail('drop')
    const down = await get(headers)
    expect(down.status).toBe(503)
    expect(down.body.code).toBe('cluster_unavailable')
    expect(Number(down.headers.get('Retry-After'))).toBeGreaterThan(0)
    if (local.cluster) local.cluster.intercept = undefined
    expect((await get(headers)).status).toBe(200)
  })

  test('hangs: 504 at the deadline', async () => {
    const headers = await as('acme-viewer')
    fail('hang')
    const { status, body } = await get(headers)
    expect(status).toBe(504)
    expect(body.code).toBe('deadline_exceeded')
  })

  test('sends 429: it is relayed, and the cluster is left alone', async () => {
    const headers = await as('acme-viewer')
    fail({ status: 429, headers: { 'Retry-After': '2' } })
    const { status, headers: answered } = await get(headers)
    expect(status).toBe(429)
    expect(answered.get('Retry-After')).toBe('2')
    let asked = 0
    if (local.cluster) {
      local.cluster.intercept = () => {
        asked += 1
        return undefined
      }
    }
    const again = await get(headers)
    expect([again.status, asked]).toEqual([429, 0])
    expect(Number(again.headers.get('Retry-After'))).toBeGreaterThan(0)
    await vi.waitFor(async () => expect((await get(headers)).status).toBe(200), { timeout: 20_000, interval: 100 })
  })

  test('CVE-2022-3172: sends a redirect, which is not followed', async () => {
    const headers = await as('acme-viewer')
    fail({ status: 302, headers: { Location: `${local.url}/healthz` } })
    expect((await get(headers)).status).toBe(503)
  })
})

describe('a server', () => {
  test.each([
    ['OIDC_AUDIENCE', ' '],
    ['AUTH_POLICY', '{"roles":1}'],
    ['RATE_LIMIT', 'many'],
    ['KUBE_TIMEOUT_MS', '1s'],
    ['LIST_SCAN_LIMIT', '0'],
    ['WATCH_SECONDS', '300'],
  ])('answers only health checks if %s is wrong', async (setting, value) => {
    await local.stop()
    // The single binary does not even start (binary.test.ts).
    if (RUNTIME !== undefined) return expect(start({ [setting]: value })).rejects.toThrow(setting)
    await start({ [setting]: value })
    local.cluster?.requests.splice(0)
    expect((await fetch(`${local.url}/healthz`)).status).toBe(200)
    for (const open of ['/readyz', '/.well-known/oauth-protected-resource']) {
      expect((await fetch(local.url + open)).status, open).toBe(503)
    }
    const { status, body } = await get(await as('acme-viewer'))
    expect(status).toBe(503)
    expect(body.code).toBe('not_configured')
    expect(local.cluster?.requests.filter(({ path }) => path.includes('/connectors')).length).toBe(0)
  })
})
