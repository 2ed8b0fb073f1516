/** What the single binary gives to functions: connections, authorities, the token, texts. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { createAuthorities } from '../../../../infra/runtimes/bun/authorities.ts'
import { createCallers } from '../../../../infra/runtimes/bun/callers.ts'
import { clusterOfPod } from '../../../../infra/runtimes/bun/cluster.ts'
import { createEnvironment } from '../../../../infra/runtimes/bun/environment.ts'
import { functionFetcher } from '../../../../infra/runtimes/bun/function-fetcher.ts'
import { type Fetch, kubeFetcher, takeFetch } from '../../../../infra/runtimes/bun/outbound.ts'
import { createProxy } from '../../../../infra/runtimes/bun/proxy.ts'
import type { Environment } from '../../../../shared/runtime/environment.ts'

/** Modules of the build, and of what is loaded later. */
const NOT_AT_START = /^(loader|compile|process)\.ts$|^workers\//

const ISSUER = 'https://id.example.com/realms/kaphera'
const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`

let directory: string
let sent: { readonly address: string; readonly init: RequestInit }[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kaphera-bun-'))
  sent = []
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(directory, { recursive: true })
})

/** An environment whose requests are answered with `body`, or with 404 if it is absent. */
function environment(
  answers: Readonly<Record<string, string>> = {},
  settings: Readonly<Record<string, string>> = {},
): Environment {
  const send: Fetch = async (address, init) => {
    sent.push({ address, init })
    return new Response(answers[address] ?? null, { status: answers[address] === undefined ? 404 : 200 })
  }
  writeFileSync(join(directory, 'OPENAPI.data'), '{}')
  const authorities = createAuthorities({ file: undefined, directories: undefined, serviceAccount: directory })
  const address = new URL('https://api.example.com:6443')
  return createEnvironment({
    callers: createCallers(),
    cluster: clusterOfPod({ address, serviceAccount: directory, authorities }),
    authorities,
    proxyOf: createProxy({ address: settings.HTTPS_PROXY, exceptions: settings.NO_PROXY }),
    send,
    settings: { OIDC_ISSUER: ISSUER, OIDC_AUDIENCE: 'a', ...settings, HOME: '/root' },
    variables: ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_DISCOVERY_URL', 'OIDC_JWKS_URL', 'AUTH_POLICY', 'RATE_LIMIT'],
    catalog: '[{"name":"me"}]',
    texts: { OPENAPI: join(directory, 'OPENAPI.data') },
  })
}

describe('the environment', () => {
  it('has the settings, the catalog and the texts', () => {
    const env = environment()
    expect(env).toMatchObject({ OIDC_ISSUER: ISSUER, RATE_LIMIT: null, CATALOG: [{ name: 'me' }], OPENAPI: '{}' })
    expect(env).not.toHaveProperty('HOME')
  })

  it('reads the ServiceAccount token each time it is needed, and no other file', async () => {
    const env = environment()
    writeFileSync(join(directory, 'token'), 'first')
    expect(await (await env.KUBE_TOKEN.fetch('http://token/token')).text()).toBe('first')
    writeFileSync(join(directory, 'token'), 'second')
    expect(await (await env.KUBE_TOKEN.fetch('http://token/token')).text()).toBe('second')
    expect((await env.KUBE_TOKEN.fetch('http://token/../OPENAPI.data')).status).toBe(404)
  })

  it('says how to run outside a pod if there is no ServiceAccount token', async () => {
    await expect(environment().KUBE_TOKEN.fetch('http://token/token')).rejects.toThrow('outside a pod use --kubeconfig')
  })
})

describe('the connection to the API server', () => {
  it('ignores the host of the request', async () => {
    const { KUBE } = environment()
    await KUBE.fetch(new Request('https://other.example/apis/x?limit=1', { method: 'POST', body: '{}' }))
    expect(sent).toMatchObject([
      { address: 'https://api.example.com:6443/apis/x?limit=1', init: { method: 'POST', body: '{}' } },
    ])
    await KUBE.fetch('https://kubernetes.default.svc//other.example/x')
    expect(sent[1]?.address).toBe('https://api.example.com:6443//other.example/x')
  })

  it('follows no redirect and checks certificates', async () => {
    await environment().KUBE.fetch(new Request('https://kube/version', { redirect: 'follow' }))
    expect(sent[0]?.init).toMatchObject({ redirect: 'manual', tls: { rejectUnauthorized: true } })
  })
})

describe('a log', () => {
  it('takes no request of fetch, and nothing else is taken for one', async () => {
    const server = createServer((request, response) => void response.end(request.url)).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close().closeAllConnections())
    await once(server, 'listening')
    const address = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const { fetch } = kubeFetcher({ address, authorities: () => [] }, async () => new Response('by fetch'))
    const log = '/api/v1/namespaces/org-acme/pods/edc/log?tailLines=1'
    const ask = async (path: string, method = 'GET'): Promise<string> =>
      (await fetch(new Request(`https://kube${path}`, { method }))).text()
    expect(await ask(log)).toBe(log)
    expect(await ask(`${log}&follow=true`)).toBe(`${log}&follow=true`)
    for (const path of ['/api/v1/namespaces/org-acme/pods/log', '/apis/a.b/v1/namespaces/org-acme/connectors/log']) {
      expect([await ask(path), await ask(path, 'DELETE')]).toEqual(['by fetch', 'by fetch'])
    }
    expect(await ask(log, 'DELETE')).toBe('by fetch')
  })
})

describe('a header with several lines', () => {
  it('is sent as such to the API server, with method, body and the end of the request', async () => {
    const seen: { readonly method: string | undefined; readonly rawHeaders: string[]; readonly body: string }[] = []
    const server = createServer(async (request, response) => {
      seen.push({ method: request.method, rawHeaders: request.rawHeaders, body: await text(request) })
      response.writeHead(302, { Location: 'http://127.0.0.1:1/', 'Audit-Id': 'a' }).end('moved')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close().closeAllConnections())
    await once(server, 'listening')
    const cluster = {
      address: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      authorities: () => [],
    }
    const { fetch } = kubeFetcher(cluster, () => Promise.reject(new Error('fetch joins lines')))
    const headers = new Headers([
      ['Impersonate-User', 'kaphera:ada'],
      ['Impersonate-Group', 'kaphera:one'],
      ['Impersonate-Group', 'kaphera:two'],
    ])
    const response = await fetch(new Request('https://kube/x', { method: 'PATCH', headers, body: '{}' }))
    expect([response.status, response.headers.get('Audit-Id'), await response.text()]).toEqual([302, 'a', 'moved'])
    expect(seen).toMatchObject([{ method: 'PATCH', body: '{}' }])
    const stream = await fetch(new Request('https://kube/x?watch=true', { headers }))
    expect([stream.status, await stream.text()]).toEqual([302, 'moved'])
    const values = (name: string, request = 0) =>
      seen[request]?.rawHeaders.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name)
    expect(values('impersonate-group')).toEqual(['kaphera:one', 'kaphera:two'])
    expect(values('impersonate-group', 1)).toEqual(['kaphera:one', 'kaphera:two'])
    expect(values('impersonate-user')).toEqual(['kaphera:ada'])
    const ended = new Request('https://kube/x', { headers, signal: AbortSignal.abort() })
    await expect(fetch(ended)).rejects.toThrow()
    expect(seen).toHaveLength(2)
  })
})

describe('the connection to issuers', () => {
  it('reaches the origins in the settings', async () => {
    const policy = JSON.stringify({ issuers: [{ issuer: 'https://second.example' }] })
    const { OIDC } = environment(
      {},
      { OIDC_JWKS_URL: 'https://keys.example/jwks', OIDC_DISCOVERY_URL: 'http://id.svc:8080/d', AUTH_POLICY: policy },
    )
    const open = [`${ISSUER}/x`, 'https://keys.example/jwks', 'http://id.svc:8080/certs', 'https://second.example/keys']
    for (const address of open) expect((await OIDC.fetch(address)).status).toBe(404)
    expect(sent.map(({ address }) => address)).toEqual(open)
    for (const address of ['https://other.example/', 'http://id.example.com/', 'https://id.example.com:444/']) {
      await expect(OIDC.fetch(address)).rejects.toThrow('is not a configured issuer')
    }
    expect(sent).toHaveLength(open.length)
  })

  it("leads to the address of the keys in an issuer's own document, and to nothing else there", async () => {
    const { OIDC } = environment({
      [DISCOVERY]: JSON.stringify({ jwks_uri: 'https://keys.example/jwks' }),
      [`${ISSUER}/other`]: JSON.stringify({ jwks_uri: 'https://other.example/jwks' }),
    })
    await expect(OIDC.fetch('https://keys.example/jwks')).rejects.toThrow('is not a configured issuer')
    expect(await (await OIDC.fetch(DISCOVERY)).json()).toEqual({ jwks_uri: 'https://keys.example/jwks' })
    expect((await OIDC.fetch('https://keys.example/jwks')).status).toBe(404)
    await expect(OIDC.fetch('https://keys.example/other')).rejects.toThrow('is not a configured issuer')
    await OIDC.fetch(`${ISSUER}/other`)
    await expect(OIDC.fetch('https://other.example/jwks')).rejects.toThrow('is not a configured issuer')
  })

  it('asks for no compression, and undoes none: a short answer could become a large one', async () => {
    await environment().OIDC.fetch(DISCOVERY, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(sent[0]?.init).toMatchObject({ decompress: false })
    expect(new Headers(sent[0]?.init.headers).get('Accept-Encoding')).toBe('identity')
  })

  it('reaches nothing if no issuer is configured', async () => {
    await expect(environment({}, { OIDC_ISSUER: '' }).OIDC.fetch(DISCOVERY)).rejects.toThrow()
    expect(sent).toEqual([])
  })
})

describe('the global fetch', () => {
  it('is unavailable to others once it is taken', async () => {
    const { fetch, WebSocket, EventSource, Worker } = globalThis
    try {
      expect(takeFetch()).toBe(fetch)
      expect(() => globalThis.fetch('https://example.com')).toThrow('can reach only its bindings')
      expect(globalThis.WebSocket).toBeUndefined()
    } finally {
      Object.assign(globalThis, { fetch, WebSocket, EventSource, Worker })
    }
  })
})

describe('trusted authorities', () => {
  const replace = (name: string, text: string): void => {
    writeFileSync(join(directory, `${name}.new`), text)
    renameSync(join(directory, `${name}.new`), join(directory, name))
  }

  it('of the cluster are those of the ServiceAccount, and are reloaded when they change', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const authorities = createAuthorities({ file: undefined, directories: undefined, serviceAccount: directory })
    expect(authorities.ofCluster()).toEqual(rootCertificates)
    replace('ca.crt', 'first')
    vi.advanceTimersByTime(1_000)
    expect(authorities.ofCluster()).toEqual(['first'])
    replace('ca.crt', 'second')
    expect(authorities.ofCluster()).toEqual(['first'])
    vi.advanceTimersByTime(1_000)
    expect(authorities.ofCluster()).toEqual(['second'])
    rmSync(join(directory, 'ca.crt'))
    vi.advanceTimersByTime(1_000)
    expect(authorities.ofCluster()).toEqual(['second'])
  })

  it('of the cluster are those of SSL_CERT_FILE if it is set', () => {
    replace('own.crt', 'own')
    replace('ca.crt', 'other')
    const options = { directories: undefined, serviceAccount: directory }
    expect(createAuthorities({ ...options, file: join(directory, 'own.crt') }).ofCluster()).toEqual(['own'])
  })

  it('of issuers are the public ones and those of SSL_CERT_FILE', () => {
    replace('own.crt', 'own')
    const file = join(directory, 'own.crt')
    const options = { file, directories: undefined, serviceAccount: directory }
    expect(createAuthorities(options).ofIssuers()).toEqual([...rootCertificates, 'own'])
    expect(createAuthorities({ ...options, file: undefined }).ofIssuers()).toEqual(rootCertificates)
  })

  it('of SSL_CERT_DIR replace the public ones', () => {
    replace('one.pem', 'one\n')
    replace('0123abcd.0', 'one\n')
    const authorities = createAuthorities({ file: undefined, directories: directory, serviceAccount: '/nonexistent' })
    expect(authorities.ofIssuers()).toEqual(['one'])
    expect(authorities.ofCluster()).toEqual(['one'])
  })

  it('may be in several directories, whose changes are noticed', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const more = join(directory, 'more')
    mkdirSync(more)
    replace('one.pem', 'one')
    replace('more/two.crt', 'two')
    const directories = `${directory}:${more}`
    const authorities = createAuthorities({ file: undefined, directories, serviceAccount: '/nonexistent' })
    expect(authorities.ofIssuers()).toEqual(['one', 'two'])
    replace('more/three.crt', 'three')
    vi.advanceTimersByTime(1_000)
    expect(authorities.ofIssuers().toSorted()).toEqual(['one', 'three', 'two'])
  })

  it('are never left to the runtime', () => {
    for (const directories of [directory, '/nonexistent']) {
      const authorities = createAuthorities({ file: undefined, directories, serviceAccount: '/nonexistent' })
      expect(() => authorities.ofIssuers()).toThrow(/SSL_CERT_DIR .* has no certificates/)
    }
  })
})

describe('the proxy', () => {
  const address = 'http://proxy.example.com:3128'

  it('is used for issuers, and not for the API server', async () => {
    const env = environment({}, { HTTPS_PROXY: address })
    await env.OIDC.fetch(DISCOVERY)
    await env.KUBE.fetch('https://kubernetes/version')
    expect(sent.map(({ init }) => (init as { proxy?: string }).proxy)).toEqual([address, undefined])
  })

  it.each([
    ['', 'https://id.example.com/', address],
    ['', 'http://keycloak.identity.svc/', undefined],
    ['example.com', 'https://id.example.com/', undefined],
    ['.example.com, other', 'https://ID.example.com:8443/', undefined],
    ['id.example.com:8443', 'https://id.example.com:8443/', undefined],
    ['id.example.com:8443', 'https://id.example.com/', address],
    ['ample.com,10.0.0.0/8', 'https://id.example.com/', address],
    ['*', 'https://id.example.com/', undefined],
  ])('with NO_PROXY "%s" for %s is %s', (exceptions, target, expected) => {
    expect(createProxy({ address, exceptions })(target)).toBe(expected)
  })

  it('must have an address', () => {
    for (const wrong of ['proxy.example.com:3128', 'socks5://proxy', 'proxy']) {
      expect(() => createProxy({ address: wrong, exceptions: undefined })).toThrow(/HTTPS_PROXY must be an address/)
    }
    expect(createProxy({ address: '', exceptions: undefined })('https://id.example.com')).toBeUndefined()
  })
})

describe('a call of a function in another process', () => {
  it('goes to its host, and passes on the message without what belongs to the connection', async () => {
    const send: Fetch = async (address, init) => {
      sent.push({ address, init })
      return new Response('packed', {
        headers: { 'Content-Encoding': 'gzip', Connection: 'close', 'X-Request-Id': '1' },
      })
    }
    const response = await functionFetcher('me.api.svc.cluster.local', send).fetch(
      new Request('https://client.example/v1/me?view=summary', {
        headers: { Host: 'evil.example', Connection: 'close', Authorization: 'Bearer a', 'Accept-Encoding': 'gzip' },
        redirect: 'follow',
      }),
    )
    expect(sent).toMatchObject([
      {
        address: 'http://me.api.svc.cluster.local/v1/me?view=summary',
        init: { method: 'GET', body: null, redirect: 'manual', decompress: false },
      },
    ])
    const headers = Object.fromEntries(new Headers(sent[0]?.init.headers))
    expect(headers).toEqual({ authorization: 'Bearer a', 'accept-encoding': 'gzip' })
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'content-encoding': 'gzip', 'x-request-id': '1' })
    expect(response.headers.has('connection')).toBe(false)
    expect(await response.text()).toBe('packed')
  })

  it('does not go through fetch if it is a stream, and ends with the signal', async () => {
    const asked: IncomingMessage[] = []
    const closed = Promise.withResolvers<void>()
    const server = createServer((incoming, outgoing) => {
      asked.push(incoming)
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' })
      outgoing.write(': connected\n\n')
      outgoing.once('close', closed.resolve)
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    const fetcher = functionFetcher(`127.0.0.1:${port}`, () => expect.fail('fetch was used'))
    const client = new AbortController()
    const headers = { Accept: 'text/event-stream', Authorization: 'Bearer a', 'Last-Event-ID': '7' }
    const response = await fetcher.fetch('https://client.example/v1/vaults?q=a', { headers, signal: client.signal })
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: '/v1/vaults?q=a',
      headers: { accept: 'text/event-stream', authorization: 'Bearer a', 'last-event-id': '7' },
    })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/event-stream'])
    const { value } = await (response.body as ReadableStream<Uint8Array>).getReader().read()
    expect(new TextDecoder().decode(value)).toBe(': connected\n\n')
    client.abort()
    await closed.promise
  })
})

describe("the image's runtime", () => {
  it('names the modules of Bun that its app uses when it starts', async () => {
    const adapter = join(PROJECT, 'infra', 'runtimes', 'bun')
    const files = (await readdir(adapter, { recursive: true })).filter((file) => file.endsWith('.ts'))
    const named = async (file: string): Promise<string[]> => {
      const text = await readFile(join(adapter, file), 'utf8')
      return [...text.matchAll(/^import .*?'(node:[\w/]+)'/gm)].map(([, name = '']) => name)
    }
    const used = (await Promise.all(files.filter((file) => !NOT_AT_START.test(file)).map(named))).flat()
    expect((await named('loader.ts')).sort()).toEqual([...new Set(used)].sort())
  })
})
