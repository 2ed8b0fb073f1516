import { once } from 'node:events'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildAll } from '../../infra/bundle/build.ts'
import { readSettings } from '../../infra/bundle/settings.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { compileServer } from '../../infra/workerd/compile.ts'
import { miniflareOptions } from '../../infra/workerd/miniflare.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../infra/workerd/process.ts'
import { directoryWith, functionCode, temporaryDirectory } from './fixtures.ts'

/** Answers what a function sees of its bindings. */
const SEE = `
  const attempt = async (what: () => Promise<Response>) => {
    try { const response = await what(); return [response.status, await response.text()] } catch { return 'refused' }
  }
  const target = request.headers.get('x-target') ?? 'http://127.0.0.1:9'
  return Response.json({
    names: Object.keys(env).sort(),
    issuer: env.OIDC_ISSUER,
    origins: env.CORS_ORIGINS,
    catalogue: env.CATALOGUE,
    kube: await attempt(() => env.KUBE.fetch('https://kubernetes.default.svc/version')),
    token: await attempt(() => env.KUBE_TOKEN.fetch('http://token/token')),
    hidden: await attempt(() => env.KUBE_TOKEN.fetch('http://token/..data/token')),
    oidc: await attempt(() => env.OIDC.fetch(target)),
    outside: await attempt(() => fetch(target)),
    other: env.FN_OTHER === undefined ? null : await attempt(() => env.FN_OTHER.fetch(request)),
  })`

const FUNCTIONS = { 'gateway.ts': functionCode('gateway', SEE), 'other.ts': functionCode('other', SEE) }
/** Bindings of a function that has none of its own. */
const COMMON = (await readSettings()).bindingsOf('other', ['gateway', 'other']).map(({ name }) => name)
const GATEWAY = (await readSettings()).bindingsOf('gateway', ['gateway', 'other']).map(({ name }) => name)
/** What the gateway sees before anything changes. */
const SEEN = {
  names: GATEWAY,
  issuer: 'https://issuer.example',
  origins: null,
  catalogue: [{ name: 'gateway' }, { name: 'other' }],
  kube: [200, 'a cluster'],
  token: [200, 'first'],
  oidc: [200, 'a cluster'],
  outside: 'refused',
}

/** A server on loopback for the length of a test. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => server.close().closeAllConnections())
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A directory as the kubelet projects it: `token -> ..data/token`, `..data -> ..1`. */
async function projectedToken(token: string): Promise<{ directory: string; rotate(token: string): Promise<void> }> {
  const directory = await temporaryDirectory()
  let version = 0
  const rotate = async (text: string): Promise<void> => {
    version += 1
    await mkdir(join(directory, `..${version}`))
    await writeFile(join(directory, `..${version}`, 'token'), text)
    await symlink(`..${version}`, join(directory, '..data_tmp'))
    await rename(join(directory, '..data_tmp'), join(directory, '..data'))
  }
  await rotate(token)
  await symlink('..data/token', join(directory, 'token'))
  return { directory, rotate }
}

async function build(functions: Readonly<Record<string, string>> = FUNCTIONS): Promise<string> {
  const out = await temporaryDirectory()
  const kube = { address: 'kubernetes.default.svc:80', tls: false } as const
  await buildAll({ functions: await directoryWith(functions), out, kube })
  return out
}

async function start(options: ServerOptions): Promise<RunningServer> {
  const server = await startServer(options)
  onTestFinished(async () => void (await server.stop('SIGKILL')))
  return server
}

async function see(url: string, target: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { 'x-target': `http://${target}` } })
  return (await response.json()) as Record<string, unknown>
}

describe('all functions in one process', () => {
  it.each(['compiled', 'served'])('%s, have their bindings and no other way out', async (form) => {
    const [out, token, kube] = await Promise.all([
      build(),
      projectedToken('first'),
      listen((_, r) => r.end('a cluster')),
    ])
    const config = join(out, 'workerd', 'config.capnp')
    const binary = join(out, 'server')
    if (form === 'compiled') await compileServer(config, binary)
    const server = await start({
      ...(form === 'compiled' ? { command: binary } : { command: workerdBinary(), args: ['serve', config, 'config'] }),
      external: { kube },
      directories: { 'kube-token': token.directory },
      env: { OIDC_ISSUER: 'https://issuer.example' },
    })

    const seen = await see(server.url, kube)
    expect(seen).toMatchObject(SEEN)
    const [, other] = seen.other as [number, string]
    expect(JSON.parse(other)).toMatchObject({
      names: COMMON,
      kube: [200, 'a cluster'],
      outside: 'refused',
      other: null,
    })

    await token.rotate('second')
    expect(await see(server.url, kube)).toMatchObject({ token: [200, 'second'], hidden: [404, 'Not Found'] })
    expect(await server.stop()).toBe(0)
  })

  it('say what is missing when they cannot start', async () => {
    const out = await build()
    const failed = startServer({
      command: workerdBinary(),
      args: ['serve', join(out, 'workerd', 'config.capnp'), 'config'],
    })
    await expect(failed).rejects.toThrow('Directory named "kube-token" not found')
  })
})

describe('a function alone', () => {
  it('is behind the socket and has only its bindings', async () => {
    const [out, token, kube] = await Promise.all([
      build(),
      projectedToken('first'),
      listen((_, r) => r.end('a cluster')),
    ])
    const server = await start({
      command: workerdBinary(),
      args: ['serve', join(out, 'workerd', 'other.capnp'), 'config'],
      external: { kube },
      directories: { 'kube-token': token.directory },
    })
    expect(await see(server.url, kube)).toMatchObject({ names: COMMON, kube: [200, 'a cluster'], other: null })
  })

  it('that is the gateway reaches the others over HTTP', async () => {
    const [out, token, other] = await Promise.all([
      build(),
      projectedToken('first'),
      listen((_, r) => r.end('far away')),
    ])
    const server = await start({
      command: workerdBinary(),
      args: ['serve', join(out, 'workerd', 'gateway.capnp'), 'config'],
      external: { kube: other, 'fn-other': other },
      directories: { 'kube-token': token.directory },
    })
    expect(await see(server.url, other)).toMatchObject({ other: [200, 'far away'] })
  })
})

describe('Miniflare', () => {
  it('gives functions the same bindings', async () => {
    const out = await temporaryDirectory()
    const { bundles, settings } = await buildAll({ functions: await directoryWith(FUNCTIONS), out })
    const [token, kube] = await Promise.all([projectedToken('first'), listen((_, r) => r.end('a cluster'))])
    const options = await miniflareOptions({
      bundles,
      settings,
      kube: { url: `http://${kube}` },
      tokenDirectory: token.directory,
      env: { OIDC_ISSUER: 'https://issuer.example' },
    })
    const miniflare = new Miniflare({ ...options, host: '127.0.0.1', port: 0 })
    onTestFinished(() => miniflare.dispose())

    const seen = await see((await miniflare.ready).href, kube)
    expect(seen).toMatchObject(SEEN)
    const [, other] = seen.other as [number, string]
    expect(JSON.parse(other)).toMatchObject({ names: COMMON, outside: 'refused', other: null })
    await token.rotate('second')
    expect(await see((await miniflare.ready).href, kube)).toMatchObject({ token: [200, 'second'] })
  })
})
