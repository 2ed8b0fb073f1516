import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type Ask,
  type Caller,
  type Json,
  removeMembers,
  SELF_BOUNDED,
  sample,
  settableClock,
  type World,
  type WorldOptions,
  world,
} from '../fixtures/world.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
const EDC = `${COLLECTION}/edc`
const CLUSTER = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/edc'

const READY = { conditions: [condition('Ready', 'True')], phase: 'Ready' }

function condition(type: string, status: string): Json {
  return { type, status, reason: 'Test', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }
}

function waiting(seconds: number | string, ask: Ask = {}): Ask {
  return { ...ask, headers: { Prefer: `wait=${seconds}`, ...ask.headers } }
}

/** Writes the status like an operator. */
async function report({ kube, stored }: World, status: Json, generation?: number): Promise<void> {
  const object = await stored('connectors', 'acme', 'edc')
  const body = { ...object, status: { observedGeneration: generation ?? object.metadata.generation, ...status } }
  expect((await kube('PUT', `${CLUSTER}/status`, { body })).status).toBe(200)
}

/** Sends a request that waits, and runs a step as soon as it does. */
async function meanwhile({ cluster }: World, request: Promise<Json>, act: () => Promise<unknown>): Promise<Json> {
  const waits = () => cluster.requests.some(({ path }) => path.includes('watch=true'))
  await expect.poll(waits, { interval: 5 }).toBe(true)
  await act()
  return request
}

/** An object with an annotation of 260,000 bytes, as kubectl can write it: eight of them fit into 2 MiB. */
function withText(object: Json): Json {
  return { ...object, metadata: { ...object.metadata, annotations: { text: 'x'.repeat(260_000) } } }
}

async function withConnector(options: WorldOptions = {}): Promise<{ at: World; operator: Caller }> {
  const at = await world(options)
  await at.put('connectors', 'acme', sample('connectors', 'edc'))
  return { at, operator: await at.as('operator', 'acme') }
}

describe('Prefer: wait', () => {
  it('answers a create when the object is ready', async () => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const create = operator('POST', COLLECTION, waiting(20, { body: sample('connectors', 'edc') }))
    const answer = await meanwhile(at, create, () => report(at, READY))
    expect(answer).toMatchObject({ status: 201, body: { ready: true, status: { phase: 'Ready' } } })
    expect(answer.headers.get('Location')).toBe(EDC)
    expect(answer.headers.get('Preference-Applied')).toBe('wait=20')
  })

  it('waits with no more than 2 MiB of objects of one caller', async () => {
    const at = await world(SELF_BOUNDED)
    await at.put('connectors', 'acme', withText(sample('connectors', 'edc')))
    const [operator, viewer] = [await at.as('operator', 'acme'), await at.as('viewer', 'acme')]
    const watches = () => at.cluster.requests.filter(({ path }) => path.includes('watch=true')).length
    const waits = Array.from({ length: 8 }, () => operator('GET', EDC, waiting(20)))
    await expect.poll(watches, { interval: 5 }).toBe(8)
    expect((await operator('GET', EDC, waiting(20))).status).toBe(202)
    expect(watches()).toBe(8)
    const other = viewer('GET', EDC, waiting(20))
    await expect.poll(watches, { interval: 5 }).toBe(9)
    await report(at, READY)
    expect(new Set((await Promise.all([...waits, other])).map(({ status }) => status))).toEqual(new Set([200]))
    const again = operator('PATCH', EDC, waiting(20, { body: { spec: { suspended: true } } }))
    await expect.poll(watches, { interval: 5 }).toBe(10)
    await report(at, READY)
    expect((await again).status).toBe(200)
  })

  it('waits no longer when there is no room for the changed object', async () => {
    const { at, operator } = await withConnector(SELF_BOUNDED)
    await at.put('connectors', 'acme', withText(sample('connectors', 'large')))
    const watches = () => at.cluster.requests.filter(({ path }) => path.includes('watch=true')).length
    const others = Array.from({ length: 7 }, () => operator('GET', `${COLLECTION}/large`, waiting(20)))
    await expect.poll(watches, { interval: 5 }).toBe(7)
    const [one, two] = [operator('GET', EDC, waiting(20)), operator('GET', EDC, waiting(20))]
    await expect.poll(watches, { interval: 5 }).toBe(9)
    const grown = await at.kube('PUT', CLUSTER, { body: withText(await at.stored('connectors', 'acme', 'edc')) })
    expect(grown.status).toBe(200)
    // There is room for one of them.
    const first = await Promise.race([one, two])
    expect([first.status, first.body.metadata.annotations?.text]).toEqual([202, undefined])
    await report(at, READY)
    expect((await Promise.all([one, two])).map(({ status }) => status).toSorted()).toEqual([200, 202])
    expect((await at.kube('DELETE', `${CLUSTER.slice(0, -3)}large`)).status).toBe(200)
    expect(new Set((await Promise.all(others)).map(({ status }) => status))).toEqual(new Set([404]))
  })

  it('shows no further state to a removed member', async () => {
    const { at, operator } = await withConnector()
    const now = Date.now
    onTestFinished(() => void vi.restoreAllMocks())
    const answer = await meanwhile(at, operator('GET', EDC, waiting(20)), async () => {
      await removeMembers(at)
      // The cached members have expired by now.
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 15_000)
      await report(at, READY)
    })
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it.each([
    ['of a participant that the grant no longer covers', 'one', 404],
    ['of a participant that the grant still covers', 'two', 200],
  ])('shows a state %s', async (_, participant, status) => {
    const at = await world()
    const { metadata } = await at.put(
      'connectors',
      'acme',
      sample('connectors', 'edc', { participantRef: { name: participant } }),
    )
    const open = await at.opens('operator', 'acme', { participants: ['one', 'two'] })
    const now = Date.now
    onTestFinished(() => void vi.restoreAllMocks())
    const members = '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers'
    const answer = await meanwhile(at, open('GET', EDC, waiting(20)), async () => {
      const [member] = (await at.kube('GET', members)).body.items
      await at.kube('PUT', `${members}/${member.metadata.name}`, {
        body: { ...member, spec: { ...member.spec, participants: ['two'] } },
      })
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 15_000)
      await report(at, READY, metadata.generation)
    })
    expect(answer.status).toBe(status)
  })

  it('shows nothing of a created organization to a former admin of its parent', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const now = Date.now
    onTestFinished(() => void vi.restoreAllMocks())
    const body = sample('organizations', 'child', { parentRef: { name: 'acme' } })
    const answer = await meanwhile(at, admin('POST', '/v1/organizations', waiting(1, { body })), async () => {
      await removeMembers(at)
      vi.spyOn(Date, 'now').mockImplementation(() => now() + 15_000)
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  it('does not begin after the client has left', async () => {
    const { at, operator } = await withConnector()
    const client = new AbortController()
    at.cluster.intercept = ({ method }) => {
      if (method === 'PATCH') client.abort()
      return undefined
    }
    const ask = waiting(20, { body: { spec: { suspended: true } }, signal: client.signal })
    await operator('PATCH', EDC, ask)
    expect(at.cluster.requests.filter(({ path }) => path.includes('watch=true'))).toEqual([])
  })

  it('waits no longer than the token is valid', async () => {
    const setForward = settableClock()
    const { at, operator } = await withConnector()
    const ask = waiting(20, { claims: { exp: Math.floor(Date.now() / 1000) + 10 } })
    const answer = await meanwhile(at, operator('GET', EDC, ask), () => setForward(10_000))
    expect(answer.status).toBe(202)
  })

  it('ignores conditions of an older generation', async () => {
    const { at, operator } = await withConnector()
    await report(at, READY)
    const patch = operator('PATCH', EDC, waiting(20, { body: { spec: { suspended: true } } }))
    const answer = await meanwhile(at, patch, async () => {
      await report(at, { ...READY, phase: 'Updating' }, 1)
      await report(at, { ...READY, phase: 'Suspended' }, 2)
    })
    expect(answer).toMatchObject({
      status: 200,
      body: { ready: true, metadata: { generation: 2 }, status: { phase: 'Suspended' } },
    })
  })

  it.each([
    ['Stalled', { conditions: [condition('Stalled', 'True')] }],
    ['a failed phase', { conditions: [condition('Ready', 'False')], phase: 'Failed' }],
    ['what is suspended, as was asked for', { conditions: [condition('Ready', 'False')], phase: 'Suspended' }],
  ])('ends at once with %s', async (_, status) => {
    const { at, operator } = await withConnector()
    const answer = await meanwhile(at, operator('GET', EDC, waiting(20)), () => report(at, status))
    expect(answer).toMatchObject({ status: 200, body: { ready: false, status } })
  })

  it('is logged apart from the time of the request itself', async () => {
    const logged = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => logged.mockRestore())
    const { operator } = await withConnector()
    await operator('GET', EDC)
    await operator('GET', EDC, waiting(1))
    const [plain, waited] = logged.mock.calls.map(([line]) => JSON.parse(line)).filter(({ verb }) => verb === 'get')
    expect(plain).not.toHaveProperty('waitedMs')
    expect(waited.waitedMs).toBeGreaterThan(0)
    expect(waited.durationMs).toBeGreaterThanOrEqual(waited.waitedMs)
  })

  it('answers 202 with the object after the timeout', async () => {
    const { at, operator } = await withConnector()
    await report(at, { conditions: [condition('Ready', 'False')], phase: 'Provisioning' })
    for (const seconds of [0, 1]) {
      const answer = await operator('GET', EDC, waiting(seconds))
      expect(answer).toMatchObject({ status: 202, body: { ready: false, status: { phase: 'Provisioning' } } })
    }
    const { headers } = await operator('GET', EDC)
    const known = { 'If-None-Match': headers.get('ETag') ?? '' }
    expect((await operator('GET', EDC, waiting(0, { headers: known }))).status).toBe(202)
    expect((await operator('GET', EDC, { headers: known })).status).toBe(304)
  })

  it('is limited, and ignored where it does not apply', async () => {
    const { at, operator } = await withConnector()
    await report(at, READY)
    const applied = async (prefer: string) =>
      (await operator('GET', EDC, { headers: { Prefer: prefer } })).headers.get('Preference-Applied')
    expect(await applied('wait=86400')).toBe('wait=240')
    expect(await applied('respond-async, Wait = 5; foo=bar')).toBe('wait=5')
    expect(await applied('wait=3, wait=4')).toBe('wait=3')
    for (const nonsense of ['wait', 'wait=-1', 'wait=soon', 'await=5', '']) expect(await applied(nonsense)).toBeNull()
    const dry = await operator('PATCH', `${EDC}?dryRun=All`, waiting(20, { body: { spec: { suspended: true } } }))
    expect([dry.status, dry.headers.get('Preference-Applied')]).toEqual([200, null])
  })

  it('continues after expired versions and ended watches', async () => {
    const { at, operator } = await withConnector()
    let refusals = 0
    at.cluster.intercept = ({ path }) => {
      if (!path.includes('watch=true') || refusals === 2) return undefined
      refusals += 1
      const expired = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 }
      return refusals === 1 ? { status: 410, body: expired } : { status: 200, body: '' }
    }
    const answer = await meanwhile(at, operator('GET', EDC, waiting(20)), async () => {
      await expect.poll(() => refusals, { interval: 5 }).toBe(2)
      await report(at, READY)
    })
    expect(answer).toMatchObject({ status: 200, body: { ready: true } })
  })

  it('watches an object that has not changed for long from the version of a list', async () => {
    const { at, operator } = await withConnector()
    await at.put('connectors', 'acme', sample('connectors', 'newer'))
    const versions: number[] = []
    at.cluster.intercept = ({ path }) => {
      if (!path.includes('watch=true')) return undefined
      versions.push(Number(new URL(path, 'http://cluster').searchParams.get('resourceVersion')))
      const expired = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 }
      return versions.length === 1 ? { status: 410, body: expired } : undefined
    }
    const answer = await meanwhile(at, operator('GET', EDC, waiting(20)), async () => {
      await expect.poll(() => versions.length, { interval: 5 }).toBe(2)
      await report(at, READY)
    })
    expect(answer).toMatchObject({ status: 200, body: { ready: true } })
    expect(versions[1]).toBeGreaterThan(versions[0] ?? Number.NaN)
  })

  it.each([
    ['refuses', 410, { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 }],
    ['ends', 200, ''],
  ])('asks a cluster that %s every watch at once only now and then', async (_, status, body) => {
    const { at, operator } = await withConnector()
    at.cluster.intercept = ({ path }) => (path.includes('watch=true') ? { status, body } : undefined)
    const before = at.cluster.requests.length
    expect((await operator('GET', EDC, waiting(1))).status).toBe(202)
    // The pauses alone allow four watches and lists; the rest decides what the caller may see.
    expect(at.cluster.requests.length - before).toBeLessThan(16)
  })

  it.each([
    ['POST', COLLECTION, { body: sample('connectors', 'new') }, 202],
    ['PATCH', EDC, { body: { spec: { suspended: true } } }, 202],
    ['DELETE', EDC, {}, 202],
    ['GET', EDC, {}, 503],
  ])('tells that %s was done although the cluster goes away meanwhile', async (method, path, ask, status) => {
    const at = await world()
    const finalizers = ['kaphera.com/test']
    await at.put('connectors', 'acme', sample('connectors', 'edc', {}, { finalizers }))
    const operator = await at.as('operator', 'acme')
    at.cluster.intercept = (request) => (request.path.includes('watch=true') ? { status: 503, body: {} } : undefined)
    const answer = await operator(method, path, waiting(20, ask))
    expect([answer.status, answer.body.kind]).toEqual([status, status === 503 ? undefined : 'Connector'])
  })

  it('tells that a write was done although nothing can be asked any more', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const { at, operator } = await withConnector()
    let isAway = false
    at.cluster.intercept = ({ path }) => {
      // What is known of the organization is too old to decide what the caller may see.
      if (path.includes('watch=true')) vi.setSystemTime(Date.now() + 15_000)
      isAway ||= path.includes('watch=true')
      return isAway ? { status: 503, body: {} } : undefined
    }
    const answer = await operator('PATCH', EDC, waiting(60, { body: { spec: { suspended: true } } }))
    expect(answer).toMatchObject({ status: 202, body: { spec: { suspended: true } } })
  })

  it('reports that the object is deleted meanwhile', async () => {
    const { at, operator } = await withConnector()
    const answer = await meanwhile(at, operator('GET', EDC, waiting(20)), () => at.kube('DELETE', CLUSTER))
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it('waits after a delete until the object is gone, even if its name is reused', async () => {
    const at = await world()
    const finalizers = ['kaphera.com/test']
    await at.put('connectors', 'acme', sample('connectors', 'edc', {}, { finalizers }))
    const operator = await at.as('operator', 'acme')
    expect(await operator('DELETE', EDC, waiting(0))).toMatchObject({ status: 202, body: { kind: 'Connector' } })
    const answer = await meanwhile(at, operator('DELETE', EDC, waiting(20)), async () => {
      await at.kube('PATCH', CLUSTER, {
        body: { metadata: { finalizers: null } },
        headers: { 'Content-Type': 'application/merge-patch+json' },
      })
      await at.put('connectors', 'acme', sample('connectors', 'edc'))
    })
    expect(answer.status).toBe(204)
  })
})

describe('Prefer: return=minimal', () => {
  const minimal = { headers: { Prefer: 'return=minimal' } }

  it('omits only the body of writes', async () => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const created = await operator('POST', COLLECTION, { ...minimal, body: sample('connectors', 'edc') })
    expect(created).toMatchObject({ status: 201, text: '' })
    expect(created.headers.get('Location')).toBe(EDC)
    expect(created.headers.get('Preference-Applied')).toBe('return=minimal')
    const patched = await operator('PATCH', EDC, { ...minimal, body: { spec: { suspended: true } } })
    expect(patched).toMatchObject({ status: 204, text: '' })
    const read = await operator('GET', EDC, minimal)
    expect(read).toMatchObject({ status: 200, body: { spec: { suspended: true } } })
    expect(read.headers.get('ETag')).toBe(patched.headers.get('ETag'))
    expect((await operator('DELETE', EDC, minimal)).status).toBe(204)
  })
  it.each([
    ['POST', COLLECTION, { body: sample('connectors', 'new') }],
    ['PUT', EDC, { body: sample('connectors', 'edc') }],
    ['PATCH', EDC, { body: { spec: { suspended: true } } }],
    ['POST', `${EDC}/suspend`, {}],
    ['DELETE', EDC, {}],
  ])('omits the body of a dry run: %s %s', async (method, path, ask) => {
    const { operator } = await withConnector()
    const headers = { Prefer: 'return=minimal, wait=20', ...(method === 'PUT' && { 'If-Match': '*' }) }
    const answer = await operator(method, `${path}?dryRun=All`, { ...ask, headers })
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(answer.headers.get('Preference-Applied')).toBe('return=minimal')
  })
})
