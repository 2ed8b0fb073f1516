/** `view=overview` of a list. */
import { expect, it } from 'vitest'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'
const OVERVIEW = `${CONNECTORS}?view=overview`

/** A connector in a phase, ready or not. */
async function connector(at: World, name: string, phase: string | undefined, labels: Json = {}): Promise<void> {
  const ready = { type: 'Ready', status: phase === 'Ready' ? 'True' : 'False', reason: 'Test', message: '' }
  const conditions = [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 }]
  const status = phase === undefined ? undefined : { phase, observedGeneration: 1, conditions }
  await at.put('connectors', 'acme', { ...sample('connectors', name, {}, { labels }), ...(status && { status }) })
}

it('counts objects by phase and readiness, and shows those that are not ready', async () => {
  const at = await world()
  await connector(at, 'one', 'Ready', { tier: 'gold' })
  await connector(at, 'two', 'Failed', { tier: 'gold' })
  await connector(at, 'three', 'Ready')
  await connector(at, 'four', undefined)
  const viewer = await at.as('viewer', 'acme')
  const { status, body } = await viewer('GET', OVERVIEW)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    kind: 'ConnectorList',
    counts: { total: 4, ready: 2, phases: { Failed: 1, Ready: 2, Unknown: 1 } },
  })
  const names = body.items.map(({ metadata }: Json) => metadata.name)
  expect(names.toSorted()).toEqual(['four', 'two'])
  expect(body.items.find(({ metadata }: Json) => metadata.name === 'two')).toMatchObject({
    ready: false,
    columns: { Phase: 'Failed' },
  })
  expect((await viewer('GET', `${OVERVIEW}&labelSelector=tier=gold`)).body.counts).toEqual({
    total: 2,
    ready: 1,
    phases: { Failed: 1, Ready: 1 },
  })
  expect((await viewer('GET', `${OVERVIEW}&q=thr`)).body.counts).toEqual({ total: 1, ready: 1, phases: { Ready: 1 } })
})

it.each([
  [12, 0, ['list']],
  [120, 100, ['list', 'table None', ...Array.from({ length: 10 }, () => 'object')]],
])('shows the ten oldest of %i objects, and reads no others but by their columns', async (count, ready, requests) => {
  const at = await world()
  const names = Array.from({ length: count }, (_, index) => `c-${String(index).padStart(3, '0')}`)
  for (const [index, name] of names.entries()) await connector(at, name, index < ready ? 'Ready' : 'Pending', { name })
  const viewer = await at.as('viewer', 'acme')
  at.cluster.requests.length = 0
  const { body } = await viewer('GET', OVERVIEW)
  const phases = { Pending: count - ready, ...(ready > 0 && { Ready: ready }) }
  expect(body.counts).toEqual({ total: count, ready, phases })
  const shown = body.items.map(({ metadata }: Json) => [metadata.name, metadata.labels.name])
  expect(shown).toEqual(names.slice(ready, ready + 10).map((name) => [name, name]))
  const asked = at.cluster.requests.flatMap(({ path, headers }) => {
    const { pathname, searchParams } = new URL(path, 'http://cluster')
    if (pathname.includes('/connectors/')) return ['object']
    if (!pathname.endsWith('/connectors')) return []
    return [headers.accept?.includes('as=Table') ? `table ${searchParams.get('includeObject')}` : 'list']
  })
  expect(asked).toEqual(requests)
})

it('has no pages, and is no view of a watch', async () => {
  const at = await world()
  const viewer = await at.as('viewer', 'acme')
  const events = { headers: { Accept: 'text/event-stream' } }
  for (const [query, pointer, ask] of [
    ['view=overview&limit=5', '?limit', {}],
    ['view=overview&sort=ready', '?sort', {}],
    ['view=overview&continue=x', '?continue', {}],
    ['view=overviews', '?view', {}],
    ['view=overview', '?view', events],
  ] as const) {
    at.cluster.requests.length = 0
    const { status, body } = await viewer('GET', `${CONNECTORS}?${query}`, ask)
    expect([query, status, body.errors?.[0].pointer]).toEqual([query, 400, pointer])
    expect(at.cluster.requests.filter(({ path }) => path.includes('/connectors'))).toEqual([])
  }
})

it('is refused for more objects than a request may read', async () => {
  const at = await world()
  for (const name of ['one', 'two', 'three']) await connector(at, name, 'Ready')
  const viewer = await at.as('viewer', 'acme')
  const { status, body } = await viewer('GET', OVERVIEW, { settings: { LIST_SCAN_LIMIT: '2' } })
  expect([status, body.code]).toEqual([422, 'scan_limit_exceeded'])
})

it('counts only what a grant for some participants shows', async () => {
  const at = await world()
  for (const name of ['mine', 'theirs']) {
    await at.put('connectors', 'acme', sample('connectors', name, { participantRef: { name } }))
  }
  const limited = await at.opens('viewer', 'acme', { participants: ['mine'] })
  const { counts, items } = await (await limited('GET', OVERVIEW)).json()
  expect(counts.total).toBe(1)
  expect(items.map(({ metadata }: Json) => metadata.name)).toEqual(['mine'])
})
