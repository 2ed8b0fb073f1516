import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { featuresOf } from '../../../shared/capabilities/features.ts'
import { servedPlurals } from '../../../shared/capabilities/served.ts'
import { Problem } from '../../../shared/http/problem.ts'
import type { Verb } from '../../../shared/kind/description.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import type { FunctionDefinition } from '../../../shared/server/definition.ts'
import { FakeContext } from '../fixtures/auth.ts'

const GROUP = 'edc.kaphera.com'

/** A cluster with given answers that counts its requests. */
function cluster(answer: () => Promise<readonly string[]>) {
  return { served: vi.fn(answer) }
}

describe('the kinds that the cluster serves', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are cached for a minute', async () => {
    const call = { env: {} as Environment, ctx: new FakeContext() }
    const kube = cluster(async () => ['connectors'])
    expect(await servedPlurals(call, kube, GROUP, 'v1alpha1')).toEqual(['connectors'])
    expect(await servedPlurals(call, kube, GROUP, 'v1alpha1')).toEqual(['connectors'])
    expect(kube.served).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(61_000)
    await servedPlurals(call, kube, GROUP, 'v1alpha1')
    expect(kube.served).toHaveBeenCalledTimes(2)
  })

  it('are answered from the cache while the cluster is slow', async () => {
    const call = { env: {} as Environment, ctx: new FakeContext() }
    await servedPlurals(
      call,
      cluster(async () => ['connectors']),
      GROUP,
      'v1alpha1',
    )
    vi.advanceTimersByTime(3_600_000)
    const slow = cluster(() => new Promise(() => undefined))
    for (let caller = 0; caller < 20; caller += 1) {
      expect(await servedPlurals(call, slow, GROUP, 'v1alpha1')).toEqual(['connectors'])
    }
    expect(slow.served).toHaveBeenCalledTimes(1)
  })

  it('are looked up by group and version', async () => {
    const call = { env: {} as Environment, ctx: new FakeContext() }
    const kube = cluster(async () => ['connectors'])
    await servedPlurals(call, kube, GROUP, 'v1alpha1')
    await servedPlurals(call, kube, GROUP, 'v1beta1')
    expect(kube.served.mock.calls).toEqual([
      [GROUP, 'v1alpha1'],
      [GROUP, 'v1beta1'],
    ])
  })

  it('are unknown while the cluster is down, which is retried after a pause', async () => {
    const call = { env: {} as Environment, ctx: new FakeContext() }
    let isAway = true
    const kube = cluster(async () => {
      if (isAway) throw new Problem('cluster_unavailable', 'away')
      return ['connectors']
    })
    expect(await servedPlurals(call, kube, GROUP, 'v1alpha1')).toBeUndefined()
    isAway = false
    expect(await servedPlurals(call, kube, GROUP, 'v1alpha1')).toBeUndefined()
    vi.advanceTimersByTime(6_000)
    await servedPlurals(call, kube, GROUP, 'v1alpha1')
    await vi.advanceTimersByTimeAsync(0)
    expect(await servedPlurals(call, kube, GROUP, 'v1alpha1')).toEqual(['connectors'])
  })

  it('delay only the first request, and not for long', async () => {
    const call = { env: {} as Environment, ctx: new FakeContext() }
    const slow = cluster(() => new Promise(() => undefined))
    const first = servedPlurals(call, slow, GROUP, 'v1alpha1')
    expect(await servedPlurals(call, slow, GROUP, 'v1alpha1')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(500)
    expect(await first).toBeUndefined()
    expect(slow.served).toHaveBeenCalledTimes(1)
  })
})

describe('features', () => {
  const kind = (verbs: Verb[]): FunctionDefinition => ({
    name: 'things',
    routes: ['/v1/things'],
    rbac: [],
    resource: {
      group: GROUP,
      version: 'v1',
      kind: 'Thing',
      plural: 'things',
      scope: 'platform',
      verbs,
      actions: [],
      views: [],
    },
  })

  it('follow from the deployed functions', () => {
    expect(featuresOf([kind(['list'])])).toMatchObject({
      watch: false,
      jsonPatch: false,
      bulkApply: false,
      bulkWatch: false,
      overview: false,
    })
    expect(
      featuresOf([
        kind(['watch', 'patch']),
        { name: 'apply', features: ['bulkApply'], routes: ['/v1/apply'], rbac: [] },
        { name: 'overview', features: ['overview'], routes: ['/v1/overview'], rbac: [] },
        { name: 'watch', features: ['bulkWatch'], routes: ['/v1/watch'], rbac: [] },
      ]),
    ).toMatchObject({
      watch: true,
      jsonPatch: true,
      bulkApply: true,
      bulkWatch: true,
      overview: true,
    })
  })

  it('of the managed server are always false', () => {
    const { auditSearch, billing, directory, joinOrchestration, crossOrganizationDiscovery } = featuresOf([
      kind(['list', 'get', 'create', 'replace', 'patch', 'delete', 'watch']),
    ])
    expect([auditSearch, billing, directory, joinOrchestration, crossOrganizationDiscovery]).not.toContain(true)
  })
})
