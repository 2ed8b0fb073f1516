/** The server while its surroundings are down, hang, change their credentials or have the wrong identity. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { type Answer, callerOf } from './harness/caller.ts'
import { createCertificates } from './harness/certificates.ts'
import { createKube } from './harness/kube.ts'
import { removeScratch, scratchDirectory } from './harness/processes.ts'
import { sharedParts, startForTest } from './harness/shared-parts.ts'
import { type RealParts, SERVER_ACCOUNT, SERVER_NAMESPACE } from './harness/surroundings.ts'

const PATH = '/v1/organizations/acme/connectors'
/** Longer than a restart of Keycloak on a busy machine. */
const RESTART_MS = 240_000

let parts: RealParts
beforeAll(async () => {
  parts = await sharedParts()
})

function list(server: RunningServer): Promise<Answer> {
  return callerOf(parts, server.url, 'acme-viewer')('GET', PATH)
}

describe('the cluster', () => {
  afterEach(() => parts.apiServer.resume())

  it('hangs: 504 at the deadline, and recovery afterwards', async () => {
    const server = await startForTest(parts, { KUBE_TIMEOUT_MS: '1000' })
    expect((await list(server)).status).toBe(200)
    parts.apiServer.pause()
    const { status, body, headers } = await list(server)
    expect([status, body.code]).toEqual([504, 'deadline_exceeded'])
    expect(headers.get('Content-Type')).toBe('application/problem+json')
    parts.apiServer.resume()
    await expect.poll(async () => (await list(server)).status, { timeout: 20_000 }).toBe(200)
  })

  it('is down: 503 with Retry-After, and recovery afterwards', async () => {
    const server = await startForTest(parts)
    expect((await list(server)).status).toBe(200)
    await parts.apiServer.crash()
    try {
      const { status, body, headers } = await list(server)
      expect([status, body.code]).toEqual([503, 'cluster_unavailable'])
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
      expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
    } finally {
      await parts.apiServer.restart()
    }
    await expect.poll(async () => (await list(server)).status, { timeout: 20_000 }).toBe(200)
  }, 120_000)

  it('has a certificate from an untrusted authority: 503', async () => {
    const directory = scratchDirectory('stranger')
    onTestFinished(() => removeScratch(directory))
    const { caFile } = createCertificates(directory)
    const server = await startForTest(parts, { SSL_CERT_FILE: caFile })
    const { status, body } = await list(server)
    expect([status, body.code]).toEqual([503, 'cluster_unavailable'])
  })

  it('revokes the token: the newly projected one is used, and no request fails', async () => {
    const server = await startForTest(parts)
    expect((await list(server)).status).toBe(200)
    const { admin, url, caFile } = parts.apiServer
    const token = readFileSync(join(parts.serviceAccountDirectory, 'token'), 'utf8')
    const accounts = `/api/v1/namespaces/${SERVER_NAMESPACE}/serviceaccounts`
    // Its tokens are bound to the account's uid.
    await admin.json('DELETE', `${accounts}/${SERVER_ACCOUNT}`)
    await admin.json('POST', accounts, { metadata: { name: SERVER_ACCOUNT } })
    // The API server caches token reviews for some seconds.
    const withdrawn = createKube({ url, caFile, token })
    await expect.poll(async () => (await withdrawn.request('GET', '/version')).status, { timeout: 25_000 }).toBe(401)
    await parts.rotateToken()
    expect((await list(server)).status).toBe(200)
  }, 60_000)
})

describe('Keycloak', () => {
  it(
    'is away: its tokens keep working, and are accepted again under new keys when it is back',
    async () => {
      const server = await startForTest(parts)
      const token = await parts.tokenOf('acme-viewer')
      const get = (bearer: string) => fetch(server.url + PATH, { headers: { Authorization: `Bearer ${bearer}` } })
      expect((await get(token)).status).toBe(200)
      await parts.keycloak.crash()
      try {
        expect((await get(token)).status).toBe(200)
      } finally {
        await parts.keycloak.restart()
      }
      const renewed = await parts.tokenOf('acme-viewer')
      await expect.poll(async () => (await get(renewed)).status, { timeout: 45_000, interval: 500 }).toBe(200)
    },
    RESTART_MS,
  )
})
