/** The single binary behind a proxy: it reaches issuers through it, checks their certificates, and nothing else goes there. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from './loopback-certificate.ts'
import { startServed } from './served.ts'

const asked: string[] = []
const passed: string[] = []
const issuer = createServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, ({ url = '' }, answer) => {
  asked.push(url)
  answer.setHeader('Content-Type', 'application/json')
  answer.end(JSON.stringify({ issuer: address(), jwks_uri: `${address()}/keys`, keys: [] }))
})
const proxy = createProxy().on('connect', ({ url = '' }, socket) => {
  passed.push(url)
  const [host = '', port] = url.split(':')
  const upstream = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    upstream.pipe(socket).pipe(upstream)
  })
  for (const end of [socket, upstream]) end.on('error', () => undefined)
})
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-proxy-'))
  await writeFile(join(directory, 'ca.crt'), LOOPBACK_CERTIFICATE)
  for (const server of [issuer, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  for (const server of [issuer, proxy]) server.close().closeAllConnections()
  await rm(directory, { recursive: true, force: true })
})

function address(): string {
  return `https://127.0.0.1:${(issuer.address() as AddressInfo).port}`
}

/** Returns what the server says of its readiness. */
async function readiness(env: Readonly<Record<string, string>>): Promise<string> {
  asked.length = 0
  passed.length = 0
  const served = await startServed(() => false, {
    OIDC_ISSUER: address(),
    HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    ...env,
  })
  try {
    return await (await fetch(`${served.server.url}/readyz?verbose`)).text()
  } finally {
    await served.stop()
  }
}

it('reaches an issuer through the proxy, with authorities of a second directory', { timeout: 240_000 }, async () => {
  await readiness({ SSL_CERT_DIR: `/etc/ssl/certs:${directory}` })
  expect(new Set(passed)).toEqual(new Set([address().slice('https://'.length)]))
  expect(asked).toContain('/keys')
})

it('checks the certificate behind the proxy', { timeout: 240_000 }, async () => {
  await readiness({ SSL_CERT_DIR: '/etc/ssl/certs' })
  expect(passed).not.toEqual([])
  expect(asked).toEqual([])
})

it('reaches hosts of NO_PROXY directly', { timeout: 240_000 }, async () => {
  await readiness({ SSL_CERT_DIR: `/etc/ssl/certs:${directory}`, NO_PROXY: '127.0.0.1' })
  expect(passed).toEqual([])
  expect(asked).toContain('/keys')
})
