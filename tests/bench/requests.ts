/**
 * CPU time of the server for a request: a get, and lists of 100 and of 500 connectors of 2 KB; beside it that of a probe, which
 * asks nobody else, and of an answer that is compressed.
 * @module
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll } from '../../infra/bundle/build.ts'
import { compileServer } from '../../infra/workerd/compile.ts'
import { startServer } from '../../infra/workerd/process.ts'
import { figures, line } from './figures.ts'
import { startStandIns } from './stand-ins.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
/** Clock ticks of a second, in which /proc counts CPU time. */
const TICKS = 100

const CONNECTORS = '/v1/organizations/acme/connectors'
const CASES = [
  { name: 'get', path: `${CONNECTORS}/edc-7`, requests: 2000 },
  { name: 'get, gzip', path: `${CONNECTORS}/edc-7`, requests: 2000, coding: 'gzip' },
  { name: 'probe', path: '/healthz', requests: 2000 },
  { name: 'list of 100', path: `${CONNECTORS}?limit=100`, requests: 200 },
  { name: 'list of 100, gzip', path: `${CONNECTORS}?limit=100`, requests: 200, coding: 'gzip' },
  { name: 'list of 100, summary', path: `${CONNECTORS}?limit=100&view=summary`, requests: 200 },
  { name: 'list of 500', path: `${CONNECTORS}?limit=500`, requests: 60 },
]

const directory = await mkdtemp(join(tmpdir(), 'kaphera-bench-'))
const standIns = await startStandIns(500)
try {
  await writeFile(join(directory, 'token'), 'bench')
  const dist = join(directory, 'dist')
  await buildAll({ out: dist, kube: { address: standIns.kube, tls: false } })
  const binary = join(directory, 'server')
  await compileServer(join(dist, 'workerd', 'config.capnp'), binary)
  const server = await startServer({
    command: binary,
    env: { OIDC_ISSUER: standIns.issuer, OIDC_AUDIENCE: standIns.audience, SSL_CERT_DIR: '/etc/ssl/certs' },
    directories: { 'kube-token': directory },
  })
  try {
    const send = async (path: string, coding = 'identity'): Promise<void> => {
      const headers = { Authorization: `Bearer ${standIns.token}`, 'Accept-Encoding': coding }
      const response = await fetch(server.url + path, { headers })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    }
    const times = new Map<string, number[]>(CASES.map(({ name }) => [name, []]))
    for (const { path, coding } of CASES) for (let warm = 0; warm < 50; warm += 1) await send(path, coding)
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { name, path, requests, coding } of round % 2 === 0 ? CASES : [...CASES].reverse()) {
        const before = cpuMilliseconds(server.pid)
        for (let count = 0; count < requests; count += 1) await send(path, coding)
        times.get(name)?.push((cpuMilliseconds(server.pid) - before) / requests)
      }
    }
    console.log(`CPU time of the server a request, ${ROUNDS} rounds: min, median, max`)
    const base = figures(times.get('get') ?? [])
    for (const { name } of CASES) console.log(line(name, figures(times.get(name) ?? []), base, 'ms'))
  } finally {
    await server.stop()
  }
} finally {
  standIns.close()
  await rm(directory, { recursive: true, force: true })
}

/** User and system time of a process so far (proc(5), fields 14 and 15 of stat). */
function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}
