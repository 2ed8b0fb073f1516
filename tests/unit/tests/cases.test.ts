/** The cases of all kinds against the embedded cluster, which gives the same verdicts as the real API server. */
import { afterAll } from 'vitest'
import { startLocalCluster } from '../../../infra/local/cluster/index.ts'
import { describeCases } from '../../cases/judge.ts'
import { kubernetesJudge } from '../../cases/kubernetes.ts'
import { loadCases } from '../../cases/load.ts'

const cluster = await startLocalCluster()
afterAll(() => cluster.stop())

describeCases(
  await loadCases(),
  kubernetesJudge(
    (method, path, body) =>
      fetch(cluster.url + path, {
        method,
        headers: { Authorization: `Bearer ${cluster.token}`, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    'default',
  ),
)
