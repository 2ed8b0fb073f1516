/**
 * `node tests/cluster/releases.ts DIRECTORY`: functions of two releases behind one gateway, in front of real parts. DIRECTORY is
 * the project as it was released before, with its packages installed. Its contract suite, which is what its clients rely on, runs
 * against its gateway with the functions of this release, and the other way round.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'
import { readSettings } from '../../infra/bundle/settings.ts'
import { workerdConfig } from '../../infra/workerd/config.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'
import type { Kube } from './kube.ts'
import { scratchDirectory } from './processes.ts'
import { progress } from './progress.ts'
import { startServe } from './server.ts'
import { SERVER_ACCOUNT, SERVER_NAMESPACE, startRealParts } from './surroundings.ts'
import { runVitest } from './vitest-run.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

async function main(directory: string | undefined): Promise<number> {
  if (directory === undefined) throw new Error('usage: node tests/cluster/releases.ts DIRECTORY')
  const before = resolve(directory)
  for (const project of [before, PROJECT]) execFileSync(process.execPath, ['build.mjs'], { cwd: project })
  const dist = { before: join(before, 'dist'), now: join(PROJECT, 'dist') }
  const parts = await startRealParts()
  let isGood = true
  try {
    await allow(parts.apiServer.admin, dist.before)
    const mixes = {
      'gateway of before, kinds of now': await mixed(dist.before, dist.now),
      'gateway of now, kinds of before': await mixed(dist.now, dist.before),
    }
    for (const [mix, config] of Object.entries(mixes)) {
      progress(`contract suite of before: ${mix}`)
      const server = await startServe({ ...parts, build: { ...parts.build, config } })
      try {
        const { passed, failed } = await runVitest(['contract'], { CONTRACT_URL: server.url }, [], before)
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

/** A configuration with the functions of kinds of one release, and everything else of another. */
async function mixed(others: string, kinds: string): Promise<string> {
  const out = scratchDirectory('releases')
  cpSync(others, out, { recursive: true, filter: (path) => !path.endsWith('kaphera-cloud-server') })
  const functions = join(out, 'functions')
  for (const file of readdirSync(join(kinds, 'functions'))) {
    const name = file.split('.')[0] ?? ''
    if (name in KINDS) cpSync(join(kinds, 'functions', file), join(functions, file), { recursive: true })
  }
  const names = readdirSync(functions).flatMap((file) => (file.endsWith('.js') ? [file.slice(0, -3)] : []))
  const partsOf = (name: string): string[] =>
    readdirSync(join(functions, `${name}.parts`)).filter((file) => file.endsWith('.js'))
  const config = join(out, 'workerd', 'config.capnp')
  const text = workerdConfig({
    settings: await readSettings(),
    directory: join(out, 'workerd'),
    catalogue: join(out, 'catalogue.json'),
    texts: out,
    bundles: Object.fromEntries(names.map((name) => [name, join(functions, `${name}.js`)])),
    parts: Object.fromEntries(names.map((name) => [name, partsOf(name).map((file) => `${name}.parts/${file}`)])),
  })
  writeFileSync(config, text)
  return config
}

/** Gives the server the rights that the functions of a release ask for. */
async function allow(admin: Kube, dist: string): Promise<void> {
  const definitions: FunctionDefinition[] = JSON.parse(readFileSync(join(dist, 'catalogue.json'), 'utf8'))
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
