import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { featuresOf } from '../../shared/capabilities/features.ts'
import { servedPlurals } from '../../shared/capabilities/served.ts'
import { Problem } from '../../shared/http/problem.ts'
import type { Verb } from '../../shared/kind/description.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import type { FunctionDefinition } from '../../shared/server/definition.ts'

const GROUP = 'edc.kaphera.com'

/** A cluster that answers as told, and how often it was asked. */
function cluster(answer: () => Promise<readonly string[]>) {
  return { served: vi.fn(answer) }
}

describe('the kinds that the cluster serves', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are asked for once a minute', async () => {
    const env = {} as Environment
    const kube = cluster(async () => ['connectors'])
    expect(await servedPlurals(env, kube, GROUP, 'v1alpha1')).toEqual(['connectors'])
    expect(await servedPlurals(env, kube, GROUP, 'v1alpha1')).toEqual(['connectors'])
    expect(kube.served).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(61_000)
    await servedPlurals(env, kube, GROUP, 'v1alpha1')
    expect(kube.served).toHaveBeenCalledTimes(2)
  })

  it('are asked for by group and version', async () => {
    const env = {} as Environment
    const kube = cluster(async () => ['connectors'])
    await servedPlurals(env, kube, GROUP, 'v1alpha1')
    await servedPlurals(env, kube, GROUP, 'v1beta1')
    expect(kube.served.mock.calls).toEqual([
      [GROUP, 'v1alpha1'],
      [GROUP, 'v1beta1'],
    ])
  })

  it('are unknown while the cluster is away, which is asked again soon but not at once', async () => {
    const env = {} as Environment
    let isAway = true
    const kube = cluster(async () => {
      if (isAway) throw new Problem('cluster_unavailable', 'away')
      return ['connectors']
    })
    expect(await servedPlurals(env, kube, GROUP, 'v1alpha1')).toBeUndefined()
    isAway = false
    expect(await servedPlurals(env, kube, GROUP, 'v1alpha1')).toBeUndefined()
    vi.advanceTimersByTime(6_000)
    expect(await servedPlurals(env, kube, GROUP, 'v1alpha1')).toEqual(['connectors'])
  })

  it('are not waited for longer than a client would', async () => {
    const answer = servedPlurals(
      {} as Environment,
      cluster(() => new Promise(() => undefined)),
      GROUP,
      'v1alpha1',
    )
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await answer).toBeUndefined()
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

  it('follow from the functions that are deployed', () => {
    expect(featuresOf([kind(['list'])])).toMatchObject({ watch: false, jsonPatch: false, bulkApply: false })
    expect(featuresOf([kind(['watch', 'patch']), { name: 'apply', routes: ['/v1/apply'], rbac: [] }])).toMatchObject({
      watch: true,
      jsonPatch: true,
      bulkApply: true,
    })
  })

  it('of the managed server are false whatever is deployed', () => {
    const { auditSearch, billing, directory, joinOrchestration, crossOrganizationDiscovery } = featuresOf([
      kind(['list', 'get', 'create', 'replace', 'patch', 'delete', 'watch']),
    ])
    expect([auditSearch, billing, directory, joinOrchestration, crossOrganizationDiscovery]).not.toContain(true)
  })
})
