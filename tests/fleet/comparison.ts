/**
 * What a large fleet costs in the cases that were worst before requests followed the answer, next to what they cost then.
 */
import { equal, ok } from 'node:assert/strict'
import { type Client, peakOf, resetPeak } from './client.ts'
import { type Caller, CROWDED, namespaceOf, organizationName, RARE_VAULT } from './fleet.ts'
import { manifest } from './operations.ts'
import { type RunningFleet, startDirect } from './run.ts'
import { collectionOf } from './seed.ts'

/** A case. */
export interface Case {
  readonly what: string
  /** What it cost before, as measured in November 2026 on two CPUs. */
  readonly before: string
  readonly after: string
}

/** Repetitions of what is short. */
const TIMES = 20
const BUSY = 1
const HOME = `/v1/organizations/${organizationName(CROWDED)}`

const ADMIN: Caller = 'admin'

/** What is done with a server. */
type Work = (client: Client) => Promise<void>

/** A fleet with two servers: requests to the API server are counted at one, times are measured at the other. */
interface Compared {
  readonly running: RunningFleet
  readonly direct: Pick<RunningFleet, 'server' | 'client'>
}

/** Measures all cases. */
export async function* compare(running: RunningFleet): AsyncGenerator<Case> {
  const direct = await startDirect(running)
  try {
    yield* cases({ running, direct })
    yield* whileWriting({ running, direct })
  } finally {
    await direct.stop()
  }
}

async function* cases(compared: Compared): AsyncGenerator<Case> {
  const { organizations, crowd } = compared.running.fleet.sizes
  const get =
    (path: string): Work =>
    async (client) =>
      equal((await client.send(ADMIN, 'GET', path)).status, 200, path)
  const once = (work: Work) => samples(compared, 1, work)

  yield {
    what: `platform admin, \`GET /v1/dataplanes?limit=100\`, none exist, ${organizations} organizations`,
    before: '1,000 organizations: 2.2 s, 1,000 upstream requests',
    after: await once(get('/v1/dataplanes?limit=100')),
  }
  yield {
    what: 'the same with `sort=metadata.name`',
    before: '1,000 organizations: 2.6 s',
    after: await once(get('/v1/dataplanes?limit=100&sort=metadata.name')),
  }
  yield {
    what: `\`DELETE\` of a vault that one of ${crowd} connectors refers to`,
    before: '2.7 s, 480 MB, deleted',
    after: await samples(compared, 5, async (client) => {
      const { status, body } = await client.send(ADMIN, 'DELETE', `${HOME}/vaults/${RARE_VAULT}`)
      equal([status, body.code, body.references?.length].join(), '409,in_use,1')
    }),
  }
  yield {
    what: 'its `references`',
    before: '2.1 s, none found',
    after: await samples(compared, 5, async (client) => {
      const { body } = await client.send(ADMIN, 'GET', `${HOME}/vaults/${RARE_VAULT}/references`)
      equal(body.referredToBy.length, 1)
    }),
  }
  yield {
    what: `\`?sort=Participant&limit=100\` of ${crowd / 10} connectors`,
    before: '0.36 to 0.99 s',
    after: await samples(
      compared,
      TIMES,
      get(`/v1/organizations/${organizationName(BUSY)}/connectors?sort=Participant&limit=100`),
    ),
  }
  yield {
    what: `the same of ${crowd}`,
    before: 'refused after 1.1 to 2.4 s',
    after: await samples(compared, TIMES, get(`${HOME}/connectors?sort=Participant&limit=100`)),
  }
  yield {
    what: `a direct call for the Table of these ${crowd}`,
    before: '0.31 s',
    after: await samples(compared, TIMES, () => table(compared.running)),
  }
  yield {
    what: `\`view=summary\` of ${crowd} in pages of 500`,
    before: '',
    after: await samples(compared, 3, async (client) => {
      let token = ''
      do {
        const { body } = await client.send(ADMIN, 'GET', `${HOME}/connectors?view=summary&limit=500${token}`)
        token = body.metadata.continue === undefined ? '' : `&continue=${encodeURIComponent(body.metadata.continue)}`
      } while (token !== '')
    }),
  }
  let first = 0
  const synced = await samples(compared, 3, async (client) => {
    const { objects, firstMs } = await client.state(ADMIN, `${HOME}/connectors`)
    equal(objects.length, crowd)
    first = firstMs
  })
  yield {
    what: `event stream of ${crowd} connectors until \`SYNCED\``,
    before: '3.4 s, 480 MB',
    after: `${synced}; first event after ${duration(first)}`,
  }
}

/** Creates and deletes connectors while another one is written all the time. */
async function* whileWriting(compared: Compared): AsyncGenerator<Case> {
  const { cluster } = compared.running
  const path = `${collectionOf('connectors', namespaceOf(CROWDED))}/connector-000000/status`
  let isOver = false
  const writer = (async () => {
    for (let count = 0; !isOver; count += 1) {
      const status = { version: `0.11.${count}` }
      await cluster.apiServer.admin.json('PATCH', path, { status }, 'application/merge-patch+json')
    }
  })()
  let name = 0
  const created = await samples(compared, TIMES, async (client) => {
    const { status, body } = await client.send(ADMIN, 'POST', `${HOME}/connectors`, {
      body: manifest(`written-${name}`),
    })
    ok(status === 201, JSON.stringify(body))
    name += 1
  })
  const deleted = await samples(compared, TIMES, async (client) => {
    name -= 1
    equal((await client.send(ADMIN, 'DELETE', `${HOME}/connectors/written-${name}`)).status, 204)
  })
  isOver = true
  await writer
  yield { what: '`POST` of a connector while another is written', before: '', after: created }
  yield { what: '`DELETE` of a connector while another is written', before: '65 to 85 ms', after: deleted }
}

async function table({ cluster: { apiServer }, fleet }: RunningFleet): Promise<void> {
  const path = `${collectionOf('connectors', namespaceOf(CROWDED))}?includeObject=None`
  const response = await fetch(apiServer.url + path, {
    headers: { Authorization: `Bearer ${apiServer.token}`, Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  })
  const { rows } = (await response.json()) as { rows: unknown[] }
  equal(rows.length, fleet.sizes.crowd)
}

/**
 * Does work once to count its requests to the API server, and then repeats it to measure it.
 * @returns Times as median and 95th percentile
 */
async function samples({ running, direct }: Compared, times: number, work: Work): Promise<string> {
  const all: number[] = []
  let upstream: number
  try {
    running.client.takeCost()
    await work(running.client)
    upstream = running.client.takeCost().upstream
    // What is repeated is measured with what the server keeps of an earlier request.
    if (times > 1) await work(direct.client)
    resetPeak(direct.server.pid)
    for (let count = 0; count < times; count += 1) {
      direct.client.takeCost()
      const began = performance.now()
      await work(direct.client)
      all.push(direct.client.takeCost().ms || performance.now() - began)
    }
  } catch (error) {
    return `**${String(error instanceof Error ? error.message : error).slice(0, 200)}**`
  }
  all.sort((a, b) => a - b)
  const at = (part: number): string => duration(all[Math.min(times - 1, Math.floor(times * part))] as number)
  const time = times === 1 ? at(0) : `median ${at(0.5)}, p95 ${at(0.95)}`
  return `${time}; ${upstream} upstream requests; ${Math.round(peakOf(direct.server.pid))} MiB`
}

/** A duration for people. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
