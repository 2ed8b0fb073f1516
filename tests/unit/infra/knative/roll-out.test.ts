/** Roll-outs that fail, and the way back. */
import { expect, it } from 'vitest'
import type { Cluster } from '../../../../infra/knative/deploy/cluster.ts'
import { rollBack, rollOut } from '../../../../infra/knative/deploy/roll-out.ts'
import type { Revision, RunningService } from '../../../../infra/knative/deploy/running.ts'
import { readValues } from '../../../../infra/knative/values.ts'

const IMAGE = `registry.example/kaphera-cloud-server@sha256:${'1'.repeat(64)}`
const SERVICE = { apiVersion: 'serving.knative.dev/v1', kind: 'Service' }

/** A cluster with three ready revisions, of which one may have the traffic. */
function clusterWith(serving?: string, more: Partial<Cluster> = {}): Cluster {
  const running = {
    ...SERVICE,
    metadata: { name: 'vaults' },
    spec: { template: {} },
    status: { traffic: serving === undefined ? [] : [{ revisionName: serving, percent: 100 }] },
  } as RunningService
  const revisions = ['vaults-3', 'vaults-2', 'vaults-1'].map(
    (name) =>
      ({
        ...SERVICE,
        kind: 'Revision',
        metadata: { name },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      }) as Revision,
  )
  return {
    apply: async () => undefined,
    shift: async () => undefined,
    service: async () => running,
    clusterRole: async () => undefined,
    revision: async () => undefined,
    revisions: async () => revisions,
    ...more,
  }
}

it('goes back to the ready revision before the one that serves', async () => {
  expect(await rollBack(clusterWith('vaults-3'), 'server', 'vaults', false)).toBe('vaults-2')
  expect(await rollBack(clusterWith('vaults-2'), 'server', 'vaults', false)).toBe('vaults-1')
})

it.each([
  ['none gets traffic', undefined, 'has no revision that gets traffic'],
  ['there is none before', 'vaults-1', 'has no earlier revision that is ready'],
])('goes back to no revision if %s', async (_, serving, reason) => {
  await expect(rollBack(clusterWith(serving), 'server', 'vaults', false)).rejects.toThrow(reason)
})

it('says why a roll-out failed, and whether the traffic is back', async () => {
  const values = await readValues(
    [],
    [
      `image=${IMAGE}`,
      'publicUrl=https://api.example.com',
      'oidc.issuer=https://id.example.com/realms/kaphera',
      'oidc.audience=kaphera-cloud',
    ],
  )
  const installed = { name: 'vaults', hash: 'a'.repeat(64), rbac: [], calls: [], image: IMAGE }
  const failing = (more: Partial<Cluster>): Promise<void> => {
    const cluster = clusterWith('vaults-3', { apply: () => Promise.reject(new Error('no quota')), ...more })
    return rollOut({ cluster, values, canary: undefined, stepMs: 0, timeoutMs: 0, tell: () => undefined }, installed)
  }
  await expect(failing({})).rejects.toThrow('stays on vaults-3: no quota')
  const shift = () => Promise.reject(new Error('no connection'))
  await expect(failing({ shift })).rejects.toThrow('may not be on vaults-3 again, because no connection: no quota')
})
