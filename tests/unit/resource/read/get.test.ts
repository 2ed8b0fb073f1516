/** One object, and what the answer says besides. */
import { describe, expect, it } from 'vitest'
import { sample, settableClock, type World, world } from '../../fixtures/world.ts'

const EDC = '/v1/organizations/acme/connectors/edc'
const DIAGNOSIS = `<${EDC}/diagnosis>; rel="status"`

/** A world with a connector that is ready, or has failed. */
async function connector(isReady: boolean): Promise<World> {
  const at = await world()
  const condition = { type: 'Ready', status: isReady ? 'True' : 'False', reason: 'Test', message: '' }
  const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 }]
  const status = { phase: isReady ? 'Ready' : 'Failed', observedGeneration: 1, conditions }
  await at.put('connectors', 'acme', { ...sample('connectors', 'edc'), status })
  return at
}

describe('the link to the diagnosis', () => {
  it.each([
    ['of an object that has failed, to a client that waits', false, { Prefer: 'wait=5' }, DIAGNOSIS],
    ['not of an object that is ready', true, { Prefer: 'wait=5' }, null],
    ['not to a client that does not wait', false, {}, null],
    ['of neither', true, {}, null],
  ])('is in the answer %s', async (_, isReady, headers, link) => {
    const viewer = await (await connector(isReady)).as('viewer', 'acme')
    const answer = await viewer('GET', EDC, { headers: { ...headers } })
    expect([answer.status, answer.headers.get('Link'), answer.body.ready]).toEqual([200, link, isReady])
  })
})

it.each([EDC, `${EDC}/references`])('takes no parameters: %s', async (path) => {
  const viewer = await (await connector(true)).as('viewer', 'acme')
  const { status, body } = await viewer('GET', `${path}?x=1`)
  expect([status, body.detail]).toEqual([400, 'The query parameter "x" is not supported: this path takes none.'])
})

it('names the object that was removed while the client waited', async () => {
  const at = await world()
  await at.put('connectors', 'acme', sample('connectors', 'edc'))
  const viewer = await at.as('viewer', 'acme')
  const waiting = viewer('GET', EDC, { headers: { Prefer: 'wait=20' } })
  const isWatched = () => at.cluster.requests.some(({ path }) => path.includes('watch=true'))
  await expect.poll(isWatched, { interval: 5 }).toBe(true)
  const { apiVersion } = sample('connectors', 'edc')
  await at.kube('DELETE', `/apis/${apiVersion}/namespaces/org-acme/connectors/edc`)
  expect(await waiting).toMatchObject({ status: 404, body: { detail: expect.stringContaining('edc') } })
})

describe('a client that knows the object', () => {
  it('is told that it is unchanged, and what it may do', async () => {
    const viewer = await (await connector(true)).as('viewer', 'acme')
    const first = await viewer('GET', EDC)
    const ETag = first.headers.get('ETag') ?? ''
    const headers = { 'If-None-Match': `"other", ${ETag}` }
    const known = await viewer('GET', EDC, { headers })
    expect([known.status, known.text, known.headers.get('ETag')]).toEqual([304, '', ETag])
    expect(known.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
    const other = await viewer('GET', EDC, { headers: { 'If-None-Match': '"other"' } })
    expect([other.status, other.headers.get('ETag'), other.headers.get('Allow')]).toEqual([
      200,
      ETag,
      'GET, HEAD, OPTIONS',
    ])
    const settled = await viewer('GET', EDC, { headers: { ...headers, Prefer: 'wait=5' } })
    expect(settled.status).toBe(304)
  })

  it('gets it at once, and again if it waited in vain, so that it knows', async () => {
    const setForward = settableClock()
    const at = await world()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const viewer = await at.as('viewer', 'acme')
    const first = await viewer('GET', EDC)
    expect([first.status, first.body.ready]).toEqual([200, false])
    const ETag = first.headers.get('ETag') ?? ''
    const waiting = viewer('GET', EDC, { headers: { 'If-None-Match': ETag, Prefer: 'wait=5' } })
    await expect.poll(() => at.cluster.requests.some(({ path }) => path.includes('watch=true'))).toBe(true)
    await setForward(5_000)
    const answer = await waiting
    expect([answer.status, answer.body.metadata.name, answer.body.ready]).toEqual([202, 'edc', false])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'preference-applied': 'wait=5',
      link: DIAGNOSIS,
      allow: 'GET, HEAD, OPTIONS',
    })
  })
})

it('is given as the client prefers it', async () => {
  const viewer = await (await connector(true)).as('viewer', 'acme')
  const yaml = await viewer('GET', EDC, { headers: { Accept: 'application/yaml' } })
  expect([yaml.status, yaml.text.includes('name: edc')]).toEqual([200, true])
  expect((await viewer('GET', EDC, { headers: { Accept: 'text/html' } })).status).toBe(406)
})

it.each(['', '/references'])('does not exist where there is none: %s', async (view) => {
  const viewer = await (await world()).as('viewer', 'acme')
  expect(await viewer('GET', `${EDC}${view}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
})

it('can be read with a grant for some participants if it belongs to none', async () => {
  const at = await world()
  await at.put('vaults', 'acme', sample('vaults', 'v'))
  const limited = await at.opens('viewer', 'acme', { participants: ['one'] })
  expect((await limited('GET', '/v1/organizations/acme/vaults/v')).status).toBe(200)
})
