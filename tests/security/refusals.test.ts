import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { built } from '../built.ts'
import { recordLine } from '../contract/traffic.ts'
import { SHIPPED } from './compiled.ts'

/** A refused request must not reach the cluster, except to identify the caller. */
let local: Local
let lines: string[] = []
const path = '/v1/organizations/acme/connectors'

beforeAll(async () => {
  local = await startLocal({
    ...built(),
    runtime: SHIPPED,
    speed: 0,
    onLine: (line) => {
      lines.push(line)
      recordLine?.(line)
    },
  })
})
afterAll(() => local.stop())
beforeEach(() => {
  lines = []
  local.cluster?.requests.splice(0)
})

function upstream(): string[] {
  return (local.cluster?.requests ?? []).map(({ method, path }) => `${method} ${path}`)
}

async function send(headers: Record<string, string>, init: RequestInit = {}, to = path): Promise<Response> {
  const response = await fetch(local.url + to, { ...init, headers: { ...headers, ...(init.headers as object) } })
  await response.arrayBuffer()
  return response
}

async function token(name: string): Promise<string> {
  const response = await fetch(`${local.issuer?.url}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'kaphera-cli', username: name, password: name }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

describe('before authentication has passed', () => {
  test.each([
    ['no token', {}],
    ['an empty token', { Authorization: 'Bearer ' }],
    ['a word', { Authorization: 'Bearer word' }],
    ['two tokens', { Authorization: 'Bearer a.b.c, Bearer d.e.f' }],
    ['a token of 64 KiB', { Authorization: `Bearer ${'x'.repeat(60_000)}` }],
    ['another scheme', { Authorization: 'Basic YTpi' }],
    ['a claimed identity', { Authorization: 'Bearer a.b.c', 'Impersonate-User': 'system:admin' }],
  ])('sends nothing to the cluster: %s', async (_, headers) => {
    for (const [method, to] of [
      ['GET', path],
      ['POST', path],
      ['DELETE', `${path}/edc-1`],
      ['GET', '/v1/connectors'],
      ['GET', '/v1/me'],
      ['POST', '/v1/organizations/acme/apply'],
    ] as const) {
      const init =
        method === 'POST' ? { method, body: '{}', headers: { 'Content-Type': 'application/json' } } : { method }
      const { status } = await send(headers, init, to)
      expect([400, 401, 431], `${method} ${to}`).toContain(status)
    }
    expect(upstream()).toEqual([])
  })
})

describe('an operation that the role does not allow', () => {
  test('changes nothing', async () => {
    const authorization = { Authorization: `Bearer ${await token('acme-viewer')}` }
    const body = JSON.stringify({ metadata: { name: 'x' }, spec: {} })
    const json = { 'Content-Type': 'application/json' }
    for (const [method, to] of [
      ['POST', path],
      ['PUT', `${path}/edc-1`],
      ['DELETE', `${path}/edc-1`],
      ['POST', `${path}/edc-1/suspend`],
      ['POST', '/v1/organizations/acme/organizationmembers'],
    ] as const) {
      const { status } = await send(
        authorization,
        { method, body: method === 'DELETE' ? null : body, headers: { ...json, 'If-Match': '*' } },
        to,
      )
      expect(status, `${method} ${to}`).toBe(403)
    }
    expect(upstream().filter((line) => !line.startsWith('GET '))).toEqual([])
    expect(upstream().filter((line) => line.includes('/connectors'))).toEqual([])
  })
})

describe('the log', () => {
  test('has one line of JSON per decision, whatever the client sends', async () => {
    const authorization = { Authorization: `Bearer ${await token('acme-viewer')}` }
    await send(authorization, {}, `${path}/%0a%7B%22event%22%3A%22forged%22%7D`)
    await send({ ...authorization, 'X-Request-Id': 'harmless-1', 'User-Agent': '"}{"event":"forged' })
    await send({})
    // The lines come from another process.
    const decisions = await vi.waitFor(() => {
      const parsed = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'decision')
      expect(parsed.filter(({ function: name }) => name === 'connectors').length).toBeGreaterThanOrEqual(3)
      return parsed
    }, 4_000)
    expect(decisions.some(({ requestId }) => requestId === 'harmless-1')).toBe(true)
    expect(decisions.some(({ verdict, status }) => verdict === 'refused' && status === 401)).toBe(true)
    expect(lines.some((line) => JSON.parse(line).event === 'forged')).toBe(false)
    expect(lines.join('\n')).not.toContain('eyJ')
  })
})
