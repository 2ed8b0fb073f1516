/**
 * Process start to the first authenticated list: the compiled server, `workerd serve`, and the same bundle on Node.
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll } from '../../infra/bundle/build.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { compileServer } from '../../infra/workerd/compile.ts'
import { type RunningServer, startServer } from '../../infra/workerd/process.ts'
import { figures, line } from './figures.ts'
import { type StandIns, startStandIns } from './stand-ins.ts'

const STARTS = Number(process.env.STARTS ?? 20)
const PATH = '/v1/organizations/acme/connectors?limit=100'

const directory = await mkdtemp(join(tmpdir(), 'kaphera-bench-'))
const standIns = await startStandIns(100)
try {
  await writeFile(join(directory, 'token'), 'bench')
  const dist = join(directory, 'dist')
  await buildAll({ out: dist, kube: { address: standIns.kube, tls: false } })
  const binary = join(directory, 'server')
  await compileServer(join(dist, 'workerd', 'config.capnp'), binary)
  const env = { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience, SSL_CERT_DIR: '/etc/ssl/certs' }
  const directories = { 'kube-token': directory }
  const variants: Record<string, () => Promise<number>> = {
    'compiled server, all functions': () => started(startServer({ command: binary, env, directories })),
    'workerd serve, all functions': () =>
      started(
        startServer({
          command: workerdBinary(),
          args: ['serve', join(dist, 'workerd', 'config.capnp'), 'config'],
          env,
          directories,
        }),
      ),
    'workerd serve, connectors alone': () =>
      started(
        startServer({
          command: workerdBinary(),
          args: ['serve', join(dist, 'workerd', 'connectors.capnp'), 'config'],
          env,
          directories,
        }),
      ),
    'Node with the bundle of connectors': () => onNode(join(dist, 'functions', 'connectors.js'), standIns),
  }
  const names = Object.keys(variants)
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < STARTS; round += 1) {
    // Alternating order: what runs after what must not matter.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      times.get(name)?.push((await variants[name]?.()) ?? Number.NaN)
    }
  }
  console.log(`process start to first authenticated list of 100, ${STARTS} starts: min, median, max`)
  const base = figures(times.get(names[0] ?? '') ?? [])
  for (const name of names) console.log(line(name, figures(times.get(name) ?? []), base, 'ms'))
} finally {
  standIns.close()
  await rm(directory, { recursive: true, force: true })
}

/** Milliseconds from before the start to the end of the first list. */
async function started(starting: Promise<RunningServer>): Promise<number> {
  const begin = performance.now()
  const server = await starting
  try {
    await list(server.url)
    return performance.now() - begin
  } finally {
    await server.stop('SIGKILL')
  }
}

async function list(url: string): Promise<void> {
  const response = await fetch(url + PATH, { headers: { Authorization: `Bearer ${standIns.token}` } })
  const body = (await response.json()) as { items?: unknown[] }
  if (body.items?.length !== 100) throw new Error(`the list failed: ${response.status} ${JSON.stringify(body)}`)
}

/** The same handler behind node:http, with fetch() for its bindings. */
async function onNode(bundle: string, { kube, issuer, audience }: StandIns): Promise<number> {
  const program = `
    import { createServer } from 'node:http'
    import handler from ${JSON.stringify(bundle)}
    const env = {
      KUBE: { fetch: (request) => fetch(new Request(request.url.replace(/^https:\\/\\/[^/]+/, 'http://${kube}'), request)) },
      KUBE_TOKEN: { fetch: async () => new Response('bench') },
      OIDC: { fetch: (...args) => fetch(...args) },
      OIDC_ISSUER: ${JSON.stringify(issuer)}, OIDC_AUDIENCE: ${JSON.stringify(audience)},
    }
    const server = createServer(async (incoming, outgoing) => {
      const request = new Request('http://localhost' + incoming.url, { headers: incoming.headers })
      const response = await handler.default?.fetch?.(request, env, { waitUntil() {} }) ?? await handler.fetch(request, env, { waitUntil() {} })
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.end(Buffer.from(await response.arrayBuffer()))
    }).listen(0, '127.0.0.1', () => process.send(server.address().port))`
  const begin = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve(Number(message))).once('exit', reject)
    })
    await list(`http://127.0.0.1:${port}`)
    return performance.now() - begin
  } finally {
    child.kill('SIGKILL')
  }
}
