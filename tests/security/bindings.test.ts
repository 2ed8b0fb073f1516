/** What functions see in what ships: all in one process, and one alone. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildAll } from '../../infra/bundle/build.ts'
import { compileImage } from '../../infra/runtimes/bun/compile.ts'
import { type BinaryOptions, startBinary } from '../../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { built } from '../built.ts'
import { FUNCTIONS, listen, projectedToken, see } from '../unit/fixtures/bindings.ts'
import { editionIn } from '../unit/fixtures/build.ts'

const { settings } = built()
const NAMES = ['gateway', 'other']
/** One environment for all functions of a process. */
const ALL = [
  ...new Set(NAMES.flatMap((name) => settings.bindingsOf(name, NAMES).map((binding) => binding.name))),
].sort()
const COMMON = [...ALL.filter((name) => !name.startsWith('FN_')), 'SLICES', 'TURNS', 'WORKERS'].sort()
const ENV = { OIDC_ISSUER: 'https://issuer.example', OIDC_AUDIENCE: 'kaphera-cloud' }

let directory: string
let command: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-bindings-'))
  const functions = join(directory, 'functions')
  await mkdir(functions)
  for (const [name, text] of Object.entries(FUNCTIONS)) await writeFile(join(functions, name), text)
  const out = join(directory, 'dist')
  command = await compileImage(await buildAll({ edition: editionIn(functions), out, settings }), {
    out: join(directory, 'image'),
  })
}, 240_000)
afterAll(() => rm(directory, { recursive: true, force: true }))

async function start(
  options: Pick<BinaryOptions, 'kube' | 'serviceAccount' | 'args' | 'env' | 'onLine'>,
): Promise<RunningServer> {
  const server = await startBinary({ ...options, command, env: { ...ENV, ...options.env } })
  onTestFinished(async () => void (await server.stop('SIGKILL')))
  return server
}

/** The directory of a token and a cluster, and the options for them. */
async function surroundings() {
  const [token, kube] = await Promise.all([projectedToken('first'), listen((_, r) => r.end('a cluster'))])
  return { token, kube, options: { kube: `http://${kube}`, serviceAccount: token.directory } }
}

describe('all functions in one process', () => {
  it('have their bindings and no other network access', async () => {
    const { token, kube, options } = await surroundings()
    const server = await start(options)
    const seen = await see(server.url, kube)
    expect(seen).toMatchObject({
      names: [...COMMON, 'FN_GATEWAY', 'FN_OTHER'].sort(),
      issuer: 'https://issuer.example',
      origins: null,
      catalog: [{ name: 'gateway' }, { name: 'other' }],
      kube: [200, 'a cluster'],
      token: [200, 'first'],
      hidden: [404, ''],
      oidc: 'refused',
      outside: 'refused',
    })
    await token.rotate('second')
    expect(await see(server.url, kube)).toMatchObject({ token: [200, 'second'] })
    expect(await server.stop()).toBe(0)
  })
})

describe('a function alone', () => {
  it('listens on the socket and has no binding to others', async () => {
    const { kube, options } = await surroundings()
    const server = await start({ ...options, args: ['--function=other'] })
    expect(await see(server.url, kube)).toMatchObject({
      names: COMMON,
      kube: [200, 'a cluster'],
      outside: 'refused',
      other: null,
    })
  })

  it('reaches the others over HTTP if it is the gateway', async () => {
    const { kube, options } = await surroundings()
    const other = await listen((_, r) => r.end('far away'))
    const server = await start({ ...options, args: ['--function=gateway'], env: { FUNCTION_HOST: other } })
    expect(await see(server.url, kube)).toMatchObject({ other: [200, 'far away'], outside: 'refused' })
  })

  it('must exist', async () => {
    const { options } = await surroundings()
    await expect(start({ ...options, args: ['--function=none', '--check'] })).rejects.toThrow(
      '--function must be one of gateway, other',
    )
  })

  it('serves its metrics on their own socket only', async () => {
    const { options } = await surroundings()
    let ports: number[] = []
    const onLine = (line: string): void => {
      if (line.includes('"The server listens."')) ports = JSON.parse(line).ports
    }
    const server = await start({ ...options, args: ['--function=other', '--metrics=127.0.0.1:0'], onLine })
    expect(await (await fetch(`${server.url}/metrics`)).json()).toMatchObject({ kube: [200, 'a cluster'] })
    const response = await fetch(`http://127.0.0.1:${ports[1]}/metrics`)
    expect(response.headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await response.text()).toContain('kaphera_event_streams_open{function="other"} 0')
  })
})
