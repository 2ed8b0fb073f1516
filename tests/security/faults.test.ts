import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Bundle, bundleFunctions } from '../../infra/bundle/bundle.ts'
import type { Fault } from '../../infra/local/cluster/index.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { recordLine } from '../contract/traffic.ts'

/** The cluster fails; the server says so, in time, and recovers by itself. */
let directory: string
let bundles: Bundle[]
let local: Local

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-faults-'))
  bundles = await bundleFunctions({ out: directory })
  await start({ KUBE_TIMEOUT_MS: '1000' })
})
beforeEach(() => {
  if (local.cluster) local.cluster.intercept = undefined
})
afterAll(async () => {
  await local.stop()
  await rm(directory, { recursive: true })
})

const path = '/v1/organizations/acme/connectors'

async function start(env: Record<string, string>): Promise<void> {
  local = await startLocal({ speed: 0, env, bundles, onLine: recordLine })
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
  test('that is down is 503 with Retry-After, and 200 when it is back', async () => {
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

  test('that hangs is 504 at the deadline', async () => {
    const headers = await as('acme-viewer')
    fail('hang')
    const { status, body } = await get(headers)
    expect(status).toBe(504)
    expect(body.code).toBe('deadline_exceeded')
  })

  test('that asks for fewer requests is relayed', async () => {
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

  test('CVE-2022-3172: that redirects is not followed', async () => {
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
  ])('with a bad %s refuses everything but health', async (setting, value) => {
    await local.stop()
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
