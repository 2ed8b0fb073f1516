/** Security rules of the whole server, tested over HTTP with all functions. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CLI_CLIENT } from '../../infra/local/issuer/identities.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { built } from '../built.ts'
import { SHIPPED } from './compiled.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
const EVIL = 'https://evil.example'

let local: Local
let lines: string[] = []
const tokens = new Map<string, string>()

beforeAll(async () => {
  local = await startLocal({
    ...built(),
    runtime: SHIPPED,
    speed: 0,
    onLine: (line) => lines.push(line),
  })
  for (const name of ['acme-operator', 'globex-admin']) {
    const body = new URLSearchParams({ grant_type: 'password', client_id: CLI_CLIENT, username: name, password: name })
    const answer = await fetch(`${local.issuer?.url}/protocol/openid-connect/token`, { method: 'POST', body })
    tokens.set(name, ((await answer.json()) as { access_token: string }).access_token)
  }
})
afterAll(() => local.stop())
beforeEach(() => {
  lines = []
  local.cluster?.requests.splice(0)
})

describe("CVE-2024-22424, CVE-2026-54290: a foreign page in a caller's browser", () => {
  const simple = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
  const disguised = ['text/plain; charset=application/json', 'text/plain, application/json', 'TEXT/PLAIN']
  const writes = [
    ['POST', COLLECTION],
    ['POST', `${COLLECTION}/edc-1/suspend`],
    ['PUT', `${COLLECTION}/edc-1`],
    ['PATCH', `${COLLECTION}/edc-1`],
    ['DELETE', `${COLLECTION}/edc-1`],
    ['POST', '/v1/organizations/acme/apply'],
  ] as const

  function expectNoInvitation({ headers }: Response): void {
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(headers.get('Set-Cookie')).toBeNull()
  }

  it.each(writes)('cannot %s %s with cookies', async (method, path) => {
    const token = tokens.get('acme-operator') ?? ''
    for (const type of [...simple, ...disguised, 'application/json']) {
      const response = await fetch(local.url + path, {
        method,
        headers: {
          Origin: EVIL,
          'Content-Type': type,
          Cookie: `Authorization=Bearer ${token}; access_token=${token}; KEYCLOAK_IDENTITY=${token}`,
        },
        body: method === 'DELETE' ? null : '{}',
      })
      expect([response.status, type]).toEqual([401, type])
      expectNoInvitation(response)
    }
    expect(local.cluster?.requests).toEqual([])
  })

  it.each(writes.filter(([method]) => method !== 'DELETE'))(
    'cannot %s %s by a request that needs no preflight, even with a token',
    async (method, path) => {
      for (const type of [...simple, ...disguised]) {
        const response = await fetch(local.url + path, {
          method,
          headers: {
            Origin: EVIL,
            'Content-Type': type,
            Authorization: `Bearer ${tokens.get('acme-operator')}`,
            'If-Match': '*',
          },
          body: '{"metadata":{"name":"x"}}',
        })
        expect([response.status, type]).toEqual([415, type])
        expectNoInvitation(response)
      }
      expect(local.cluster?.requests.filter(({ method: sent }) => sent !== 'GET')).toEqual([])
    },
  )

  it.each(writes)('fails the preflight to %s %s', async (method, path) => {
    for (const origin of [EVIL, 'null', local.url]) {
      const response = await fetch(local.url + path, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': 'authorization,content-type',
        },
      })
      expectNoInvitation(response)
    }
  })
})

describe('CVE-2025-25294: hostile input in the log', () => {
  /** Bytes that could end a line, start an object, color a terminal or break a parser. */
  const PIECES = [
    '"',
    '\\',
    '}',
    '{',
    '"event":"forged"',
    '\u001b[31m',
    '\t',
    '\u0085',
    '\u00ff',
    '%0d%0a',
    '%00',
    "'",
    '$(id)',
    '\u2028',
    ',',
  ]
  const ROUNDS = 300

  /** Builds a text from some of them, different for every number. */
  function hostile(number: number): string {
    const picked = [number, number * 7 + 3, number * 13 + 5].map((index) => PIECES[index % PIECES.length])
    return `x${picked.join('')}${number}`
  }

  /** Sends raw bytes, as no HTTP client does. */
  async function raw(bytes: string): Promise<void> {
    const socket = connect(Number(new URL(local.url).port), '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.end(Buffer.from(bytes, 'utf8'))
    await once(socket, 'close')
  }

  it(`gives one JSON object per line without keys from the client, in ${ROUNDS} requests`, async () => {
    const token = tokens.get('acme-operator')
    for (let round = 0; round < ROUNDS; round += 10) {
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => {
          const text = hostile(round + index)
          const path = `${COLLECTION}/${encodeURIComponent(text)}`
          const head = [`GET ${path}?q=${encodeURIComponent(text)} HTTP/1.1`, 'Host: localhost', 'Connection: close']
          const authorization = (round + index) % 3 === 0 ? text : `Bearer ${token}`
          const own = [`User-Agent: ${text}`, `X-Request-Id: ${text}`, `traceparent: ${text}`]
          return raw([...head, `Authorization: ${authorization}`, ...own, '', ''].join('\r\n'))
        }),
      )
    }
    await expect
      .poll(() => lines.filter((line) => line.includes('"decision"')).length, { timeout: 20_000 })
      .toBeGreaterThan(ROUNDS / 2)
    const keys = new Set<string>()
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      const record = JSON.parse(line)
      for (const key of Object.keys(record)) keys.add(key)
      expect(record.event).not.toBe('forged')
      if (record.requestId !== undefined) expect(record.requestId).toMatch(/^[\w=-]{1,255}$/)
    }
    expect([...keys].filter((key) => !/^[a-z][A-Za-z]*$/.test(key))).toEqual([])
    expect(lines.join('\n')).not.toContain(token)
  })
})
