/**
 * `node tests/cluster/releases.ts DIRECTORY` runs functions of two releases behind one gateway, with real parts. DIRECTORY is the
 * project at the previous release, with its packages installed. Its contract suite, on which clients rely, runs against its gateway
 * with the functions of this release, and the other way round.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'
import { startBinary } from '../../infra/runtimes/bun/process.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import { startApart } from '../apart.ts'
import type { Kube } from './harness/kube.ts'
import { freePort } from './harness/ports.ts'
import { progress } from './harness/progress.ts'
import { type RealParts, SERVER_ACCOUNT, SERVER_NAMESPACE, startRealParts } from './harness/surroundings.ts'
import { runVitest } from './harness/vitest-run.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

async function main(directory: string | undefined): Promise<number> {
  if (directory === undefined) throw new Error('usage: node tests/cluster/releases.ts DIRECTORY')
  const before = resolve(directory)
  for (const project of [before, PROJECT]) execFileSync(process.execPath, ['build.mjs', 'compile'], { cwd: project })
  const dist = { before: join(before, 'dist'), now: join(PROJECT, 'dist') }
  const parts = await startRealParts()
  let isGood = true
  try {
    await allow(parts.apiServer.admin, dist.before)
    const mixes = {
      'gateway of before, kinds of now': () => startMixed(parts, dist.before, dist.now),
      'gateway of now, kinds of before': () => startMixed(parts, dist.now, dist.before),
    }
    for (const [mix, start] of Object.entries(mixes)) {
      progress(`contract suite of before: ${mix}`)
      const server = await start()
      try {
        const { passed, failed } = await runVitest(['contract'], { CONTRACT_URL: server.url }, [], { project: before })
        console.log(`${mix}: ${passed} passed, ${failed} failed`)
        isGood &&= failed === 0 && passed > 0
      } finally {
        await server.stop()
      }
    }
  } finally {
    await parts.stop()
  }
  return isGood ? 0 : 1
}

/** Starts the functions of kinds from one release, and everything else from another. */
async function startMixed(parts: RealParts, others: string, kinds: string): ReturnType<typeof startApart> {
  const listen = `127.0.0.1:${await freePort()}`
  return startApart(catalogOf(others), (name, env) =>
    startBinary({
      command: join(name in KINDS ? kinds : others, 'kaphera-cloud-server'),
      args: [`--function=${name}`],
      ...(name === 'gateway' && { listen }),
      kube: `https://${parts.kubeAddress}`,
      serviceAccount: parts.serviceAccountDirectory,
      env: { ...parts.env, PUBLIC_URL: `http://${listen}`, ...env },
    }),
  )
}

function catalogOf(dist: string): readonly FunctionDefinition[] {
  return JSON.parse(readFileSync(join(dist, 'catalog.json'), 'utf8'))
}

/** Gives the server the rights that a release's functions need. */
async function allow(admin: Kube, dist: string): Promise<void> {
  const definitions: FunctionDefinition[] = JSON.parse(readFileSync(join(dist, 'catalog.json'), 'utf8'))
  const metadata = { name: 'release-before' }
  const rules = definitions.flatMap(({ rbac }) => rbac)
  await admin.json('POST', `${RBAC}/clusterroles`, { metadata, rules })
  await admin.json('POST', `${RBAC}/clusterrolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace: SERVER_NAMESPACE, name: SERVER_ACCOUNT }],
  })
}

process.exitCode = await main(process.argv[2])
