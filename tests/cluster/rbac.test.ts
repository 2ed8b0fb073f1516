/** The rights of each function: sufficient, and all of them necessary. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOperators } from '../../infra/local/operators/index.ts'
import { seed } from '../../infra/local/seed.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { exercise, makeDependents } from './harness/exercise.ts'
import { NAMESPACE, type Preparation, type Prepared, prepareFunctions } from './harness/function-processes.ts'
import { createKube } from './harness/kube.ts'
import { type OwnCluster, startOwnCluster } from './harness/own-cluster.ts'
import { removeScratch, scratchDirectory, waitFor } from './harness/processes.ts'
import { runVitest } from './harness/vitest-run.ts'

const MINUTE = 60_000
const scratch = scratchDirectory('rbac')

let cluster: OwnCluster
let prepared: Preparation

beforeAll(async () => {
  cluster = await startOwnCluster()
  await seed(cluster.access)
  prepared = await prepareFunctions(cluster.apiServer, cluster.issuer, scratch)
}, 5 * MINUTE)

afterAll(async () => {
  await cluster?.stop()
  removeScratch(scratch)
})

describe('each function in its own process, with its own rights', () => {
  it('passes the contract suite', { timeout: 15 * MINUTE }, async () => {
    const operators = startOperators({ ...cluster.access, speed: 8 })
    const running: RunningServer[] = []
    try {
      for (const one of prepared.functions.values()) running.push(await one.start())
      const gateway = prepared.functions.get('gateway')
      const { passed, failed } = await runVitest(['contract'], { CONTRACT_URL: `http://127.0.0.1:${gateway?.port}` })
      expect(failed).toBe(0)
      expect(passed).toBeGreaterThan(0)
    } finally {
      for (const one of running) await one.stop('SIGKILL')
      await operators.stop()
    }
  })
})

describe('a function', () => {
  it('cannot access other kinds, Secrets and whole collections', { timeout: MINUTE }, async () => {
    const resources = prepared.build.bundles.flatMap(({ definition }) => definition.resource ?? [])
    for (const { name, token, rules } of prepared.functions.values()) {
      const kube = createKube({ ...cluster.apiServer, token })
      const refused = async (method: string, path: string): Promise<void> => {
        const { status } = await kube.request(method, path)
        expect(status, `${name}: ${method} ${path}`).toBe(403)
      }
      for (const { group, version, plural } of resources) {
        const path = `/apis/${group}/${version}/namespaces/org-acme/${plural}`
        if (!allows(rules, group, plural, 'list')) await refused('GET', path)
        if (!allows(rules, group, plural, 'delete')) await refused('DELETE', `${path}/any?dryRun=All`)
        await refused('DELETE', `${path}?dryRun=All`)
      }
      await refused('GET', '/api/v1/namespaces/org-acme/secrets')
      await refused('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles')
    }
  })

  it('needs each of its rights', { timeout: 40 * MINUTE }, async () => {
    await makeDependents(cluster.apiServer.admin)
    const unneeded: string[] = []
    for (const one of prepared.functions.values()) {
      const expected = await exerciseAlone(one)
      // Two identical runs, so that a later difference is due to the removed right.
      expect(await exerciseAlone(one)).toEqual(expected)
      for (const right of rightsOf(one.rules)) {
        await setRules(one, without(one.rules, right), right)
        const seen = await exerciseAlone(one)
        if (JSON.stringify(seen) === JSON.stringify(expected)) unneeded.push(`${one.name}: ${describeRight(right)}`)
      }
      await setRules(one, one.rules)
    }
    expect(unneeded).toEqual([])
  })
})

/** One verb on one resource. */
interface Right {
  readonly group: string
  readonly resource: string
  readonly verb: string
}

function rightsOf(rules: readonly PolicyRule[]): Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb })))),
  )
}

function allows(rules: readonly PolicyRule[], group: string, resource: string, verb: string): boolean {
  return rightsOf(rules).some((one) => one.group === group && one.resource === resource && one.verb === verb)
}

function without(rules: readonly PolicyRule[], { group, resource, verb }: Right): PolicyRule[] {
  return rules.map((rule) =>
    rule.apiGroups.includes(group) && rule.resources.includes(resource)
      ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) }
      : rule,
  )
}

function describeRight({ group, resource, verb }: Right): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`
}

/** Sets the rules of a function's ClusterRole and waits until they are in effect. */
async function setRules({ name, role }: Prepared, rules: readonly PolicyRule[], gone?: Right): Promise<void> {
  if (role === '') return
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${role}`
  const withVerbs = rules.filter(({ verbs }) => verbs.length > 0)
  await cluster.apiServer.admin.json('PATCH', path, { rules: withVerbs }, 'application/merge-patch+json')
  const expected = rightsOf(rules)
  await waitFor(
    async () => {
      const checks = await Promise.all([
        ...expected.map(async (right) => await isAllowed(name, right)),
        ...(gone === undefined ? [] : [isAllowed(name, gone).then((allowed) => !allowed)]),
      ])
      return checks.every(Boolean) ? true : undefined
    },
    { what: `the rights of ${name}`, timeoutMs: MINUTE, intervalMs: 20 },
  )
}

async function isAllowed(name: string, { group, resource, verb }: Right): Promise<boolean> {
  const [plural, subresource] = resource.split('/')
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${NAMESPACE}:${name}`,
      resourceAttributes: { group, resource: plural, ...(subresource !== undefined && { subresource }), verb },
    },
  }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  return (await cluster.apiServer.admin.json<{ status: { allowed: boolean } }>('POST', path, review)).status.allowed
}

/** A new process, which has no cached decisions. */
async function exerciseAlone(one: Prepared): Promise<readonly string[]> {
  const running = await one.start()
  try {
    const bundle = prepared.build.bundles.find(({ name }) => name === one.name)
    const resource = bundle?.definition.resource
    return await exercise(running.url, {
      tokenOf,
      routes: bundle?.routes ?? [],
      admin: cluster.apiServer.admin,
      ...(resource !== undefined && { resource }),
    })
  } finally {
    await running.stop('SIGKILL')
  }
}

const tokens = new Map<string, string>()

/** Returns a token, which is requested once. */
async function tokenOf(name: string): Promise<string> {
  const known = tokens.get(name)
  if (known !== undefined) return known
  const token = await cluster.tokenOf(name)
  tokens.set(name, token)
  return token
}
