/**
 * CPU time of the server for a request: a get, and lists of 100 and of 500 connectors of 2 KB; beside it that of a probe, which
 * asks nobody else, of an answer that is compressed, and of the same runtime that does nothing but pass on what the cluster says.
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
import { startFloor } from './floor.ts'
import { startStandIns } from './stand-ins.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
/** Clock ticks of a second, in which /proc counts CPU time. */
const TICKS = 100

const CONNECTORS = '/v1/organizations/acme/connectors'
const KUBE_CONNECTORS = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
const CASES: { name: string; path: string; requests: number; coding?: string; isFloor?: boolean }[] = [
  { name: 'get', path: `${CONNECTORS}/edc-7`, requests: 2000 },
  { name: 'get, gzip', path: `${CONNECTORS}/edc-7`, requests: 2000, coding: 'gzip' },
  { name: 'probe', path: '/healthz', requests: 2000 },
  { name: 'list of 100', path: `${CONNECTORS}?limit=100`, requests: 200 },
  { name: 'list of 100, gzip', path: `${CONNECTORS}?limit=100`, requests: 200, coding: 'gzip' },
  { name: 'list of 100, summary', path: `${CONNECTORS}?limit=100&view=summary`, requests: 200 },
  { name: 'list of 500', path: `${CONNECTORS}?limit=500`, requests: 60 },
  { name: 'get, runtime alone', path: `${KUBE_CONNECTORS}/edc-7`, requests: 2000, isFloor: true },
  { name: 'list of 100, runtime alone', path: `${KUBE_CONNECTORS}?limit=100`, requests: 200, isFloor: true },
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
  const floor = await startFloor(directory, standIns.kube)
  try {
    const send = async ({ path, coding = 'identity', isFloor = false }: (typeof CASES)[number]): Promise<void> => {
      const headers = { Authorization: `Bearer ${standIns.token}`, 'Accept-Encoding': coding }
      const response = await fetch((isFloor ? floor : server).url + path, { headers })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    }
    const times = new Map<string, number[]>(CASES.map(({ name }) => [name, []]))
    for (const measured of CASES) for (let warm = 0; warm < 50; warm += 1) await send(measured)
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const measured of round % 2 === 0 ? CASES : [...CASES].reverse()) {
        const { pid } = measured.isFloor ? floor : server
        const before = cpuMilliseconds(pid)
        for (let count = 0; count < measured.requests; count += 1) await send(measured)
        times.get(measured.name)?.push((cpuMilliseconds(pid) - before) / measured.requests)
      }
    }
    console.log(`CPU time of the server a request, ${ROUNDS} rounds: min, median, max`)
    const base = figures(times.get('get') ?? [])
    for (const { name } of CASES) console.log(line(name, figures(times.get(name) ?? []), base, 'ms'))
  } finally {
    await Promise.all([server.stop(), floor.stop()])
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
