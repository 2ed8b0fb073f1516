/**
 * The two API servers that are compared: the real one and the embedded one, with the same CRDs.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type LocalCluster, startLocalCluster } from '../../infra/local/cluster/index.ts'
import { type Crd, readCrds } from '../../infra/local/cluster/kind.ts'
import { type ApiServer, startApiServer } from '../cluster/harness/api-server.ts'
import { createKube } from '../cluster/harness/kube.ts'
import { type Client, createClient } from './client.ts'

const DIRECTORIES = [join(import.meta.dirname, '..', '..', 'infra', 'crds'), join(import.meta.dirname, 'crds')]

/** Both servers, and what they serve. */
export interface Servers {
  readonly real: Client
  readonly local: Client
  readonly crds: readonly Crd[]
  stop(): Promise<void>
}

/** Starts both and waits until the real one serves the CRDs, too. */
export async function startServers(): Promise<Servers> {
  const crds = (await Promise.all(DIRECTORIES.map(readCrds))).flat()
  const [server, cluster] = await Promise.all([startApiServer(), startLocalCluster({ crds: DIRECTORIES })])
  await install(server, crds)
  return {
    real: createClient(server),
    local: createClient(cluster),
    crds,
    async stop() {
      await stopBoth(server, cluster)
    },
  }
}

async function stopBoth(server: ApiServer, cluster: LocalCluster): Promise<void> {
  await Promise.all([server.stop(), cluster.stop()])
}

async function install(server: ApiServer, crds: readonly Crd[]): Promise<void> {
  const kube = createKube(server)
  for (const crd of crds) {
    await kube.json('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd)
  }
  for (const { spec } of crds) {
    const path = `/apis/${spec.group}/${spec.versions[0]?.name}/${spec.names.plural}`
    while ((await kube.request('GET', path)).status !== 200) await delay(50)
  }
}
