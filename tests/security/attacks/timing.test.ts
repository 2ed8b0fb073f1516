/**
 * Whether a caller can tell an organization that does not exist from one of others, by the bytes of the answer, by the number of
 * requests to the cluster, or by the time. No test fails because of a time, which is only printed.
 */
import { expect, it, onTestFinished } from 'vitest'
import { ATTACKS, WHOLE } from '../../whole.ts'
import { type Served, startServed } from '../served.ts'
import { compare } from './statistics.ts'

/** How many times each is asked. */
const PAIRS = Number(process.env.ATTACK_PAIRS ?? (ATTACKS ? 5_000 : WHOLE ? 300 : 50))
/** Names of the same length. */
const [ABSENT, FOREIGN] = ['absent', 'globex']
const PATHS = ['', '/connectors', '/connectors/edc-1', '/connectors/edc-1/status', '/overview', '/permissions']

/** Objects of the foreign organization; the default of the stand-in has those of the caller's. */
const GLOBEX: Readonly<Record<string, unknown>> = {
  '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/globex': {
    apiVersion: 'cloud.kaphera.com/v1alpha1',
    kind: 'Organization',
    metadata: { name: 'globex', namespace: 'kaphera-system', uid: 'g', resourceVersion: '1' },
    spec: { displayName: 'Globex' },
    status: { namespace: 'org-globex' },
  },
  '/api/v1/namespaces/org-globex': {
    metadata: { name: 'org-globex', uid: 'ng', labels: { 'cloud.kaphera.com/organization': 'globex' } },
  },
}
const MEMBERS = {
  metadata: {},
  items: [
    {
      metadata: { name: 'm', namespace: 'org-globex', uid: 'mg', resourceVersion: '1' },
      spec: { subject: { kind: 'User', id: 'other' }, role: 'admin' },
    },
  ],
}

/** Starts a server. @returns It, and the requests to its cluster with the names replaced */
async function start(): Promise<{ served: Served; asked: string[] }> {
  const asked: string[] = []
  const served = await startServed((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://kube')
    asked.push(neutral(`${request.method} ${request.url}`))
    const found =
      GLOBEX[pathname] ??
      (pathname.includes('/org-globex/organizationmembers') && !searchParams.has('fieldSelector') ? MEMBERS : undefined)
    if (found !== undefined) response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(found))
    else if (/org-(absent|globex)\/organizationmembers/.test(pathname))
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"metadata":{},"items":[]}')
    return found !== undefined || response.writableEnded
  })
  onTestFinished(() => served.stop())
  return { served, asked }
}

/** A text without what must differ. */
function neutral(value: string): string {
  return value.replaceAll(/absent|globex/g, 'NAME').replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'ID')
}

it.each(PATHS)(
  'CVE-2022-41354: absent and foreign have the same answer and cost the same requests: …%s',
  async (path) => {
    const found = await Promise.all(
      [ABSENT, FOREIGN].map(async (name) => {
        const { served, asked } = await start()
        const answers: unknown[] = []
        // A second time with what is cached.
        for (let time = 0; time < 2; time += 1) {
          const response = await served.get(`/v1/organizations/${name}${path}`)
          const headers = [...response.headers].filter(([header]) => !/^(date|server-timing)$/.test(header))
          const length = (await response.clone().arrayBuffer()).byteLength
          answers.push([
            response.status,
            neutral(JSON.stringify(headers)),
            neutral(await response.text()),
            length,
            [...asked].sort(),
          ])
          expect(response.status).toBe(404)
          expect(asked.length).toBeGreaterThan(0)
        }
        return answers
      }),
    )
    expect(found[1]).toEqual(found[0])
    expect(found[0]).toHaveLength(2)
  },
)

it(`CVE-2022-41354: absent and foreign, ${PAIRS} pairs of answers by their time`, { timeout: 1_200_000 }, async () => {
  const { served } = await start()
  const ask = async (name: string): Promise<number> => {
    const started = performance.now()
    const response = await served.get(`/v1/organizations/${name}/connectors/edc-1`)
    await response.arrayBuffer()
    return performance.now() - started
  }
  for (let warm = 0; warm < 50; warm += 1) await ask(warm % 2 === 0 ? ABSENT : FOREIGN)
  const times = { [ABSENT]: [] as number[], [FOREIGN]: [] as number[] }
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Neither is always the first of a pair.
    const order = pair % 2 === 0 ? [ABSENT, FOREIGN] : [FOREIGN, ABSENT]
    for (const name of order) times[name]?.push(await ask(name))
  }
  const { p, effect, shift } = compare(times[ABSENT] ?? [], times[FOREIGN] ?? [])
  console.log(
    `absent against foreign, ${PAIRS} pairs: p ${p.toFixed(3)}, effect ${effect.toFixed(3)}, medians differ by ${(shift * 1000).toFixed(1)} µs`,
  )
  expect(times[ABSENT]).toHaveLength(PAIRS)
})
