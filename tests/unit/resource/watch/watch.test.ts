/** What a stream is asked for, before its first event. */
import { describe, expect, it } from 'vitest'
import { acquireStream, MAX_STREAMS } from '../../../../shared/http/open-streams.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import { watchAll } from '../../../../shared/resource/watch/watch.ts'
import { readWatchQuery } from '../../../../shared/resource/watch/watch-query.ts'
import type { Call } from '../../../../shared/server/call.ts'
import { environment, FakeContext } from '../../fixtures/auth.ts'
import { EVENTS, watch } from '../../fixtures/event-reader.ts'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'
const KIND = { plural: 'connectors', columns: [], selectableFields: ['status.phase'] } as unknown as Resource

/** Requests for connectors: `list` or `table` with what is asked for, `get`, or `watch`. */
function asked({ cluster }: World): string[] {
  return cluster.requests.splice(0).flatMap(({ path, headers }) => {
    const { pathname, searchParams } = new URL(path, 'http://cluster')
    if (pathname.includes('/connectors/')) return ['get']
    if (!pathname.endsWith('/connectors')) return []
    if (searchParams.has('watch')) return ['watch']
    const limit = searchParams.get('limit')
    return [
      headers.accept?.includes('as=Table') ? `table ${searchParams.get('includeObject')} ${limit}` : `list ${limit}`,
    ]
  })
}

describe('the query of a stream', () => {
  const read = (query: string) => readWatchQuery(new URL(`https://api.example/v1/connectors?${query}`), KIND)

  it('selects, searches, and says how objects are shown', () => {
    expect(read('labelSelector=a%3Db&fieldSelector=metadata.name%3Dx&q=Gold&view=summary')).toMatchObject({
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=x',
      text: 'gold',
      summary: true,
    })
    expect(read('view=full').summary).toBe(false)
  })

  it.each([
    ['limit=5', '?limit', 'is not supported: this path takes labelSelector, fieldSelector, q, view'],
    ['sort=ready', '?sort', 'is not supported: this path takes labelSelector, fieldSelector, q, view'],
    ['continue=x', '?continue', 'is not supported: this path takes labelSelector, fieldSelector, q, view'],
    ['view=overview', '?view', 'must be one of full, summary'],
  ])('refuses what streams do not have: %s', (query, pointer, detail) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ errors: [{ pointer, detail }] }) as Error)
  })
})

describe('a stream of all organizations', () => {
  /** HEAD by a caller who sees some of 2,000 organizations. */
  function callOf(count: number, identity: string): Call {
    const organizations = Array.from({ length: count }, (_, index) => ({
      name: `o${index}`,
      namespace: `org-o${index}`,
      role: 'viewer',
      allows: (operation: Json, plural: string) => operation.name === 'watch' && plural === 'connectors',
      participantsFor: () => undefined,
    }))
    const url = new URL('https://api.example/v1/connectors')
    return {
      env: environment({} as never, undefined, { KUBE_IDENTITY: identity }),
      authorizer: { organizations: async () => organizations, platform: () => ({}) },
      functionKube: {
        objects: () => ({ page: async () => ({ items: [{}], metadata: { remainingItemCount: 1_999 } }) }),
      },
      ctx: new FakeContext(),
      audit: {},
      principal: { clusterUser: 'ada' },
      url,
      request: new Request(url, { method: 'HEAD', headers: EVENTS }),
    } as unknown as Call
  }

  it('covers any number of organizations if the server itself decides what the caller sees', async () => {
    for (const count of [64, 65]) {
      const call = callOf(count, 'function')
      expect((await watchAll(call, KIND)).status).toBe(200)
      expect(call.audit).toEqual({ verb: 'watch', resource: 'connectors' })
    }
  })

  it('merges no more than 64 if the cluster itself decides what the caller sees', async () => {
    expect((await watchAll(callOf(64, 'caller'), KIND)).status).toBe(200)
    await expect(watchAll(callOf(65, 'caller'), KIND)).rejects.toMatchObject({
      code: 'forbidden',
      detail:
        'With your rights in the cluster a stream covers at most 64 organizations. Watch each organization by itself.',
    })
  })

  it('counts as one of those of its caller until it ends', async () => {
    const call = callOf(0, 'function')
    const client = new AbortController()
    const request = new Request(call.url, { headers: EVENTS, signal: client.signal })
    const principal = { clusterUser: 'ada', expiresAt: Date.now() / 1000 + 300 }
    const own = { request, principal, keepTurn: () => undefined, endTurn: () => undefined }
    await watchAll({ ...call, ...own } as unknown as Call, KIND)
    const another = () => acquireStream(call.env, 'client', 'ada')
    for (let count = 1; count < MAX_STREAMS; count += 1) another()
    expect(another).toThrow(expect.objectContaining({ code: 'too_many_requests' }) as Error)
    client.abort()
    await expect.poll(another, { interval: 5 }).toBeTypeOf('function')
  })

  it('has what others offer to one of them', async () => {
    const at = await world()
    const spec = { mode: 'Shared', allowedNamespaces: { from: 'All' } }
    await at.put('identityhubs', 'globex', sample('identityhubs', 'offered', spec))
    await at.put('identityhubs', 'globex', sample('identityhubs', 'own'))
    const stream = await watch(await at.opens('viewer', 'acme'), '/v1/identityhubs')
    expect(await stream.until('SYNCED')).toEqual(['ADDED offered', 'SYNCED'])
  })
})

describe('HEAD', () => {
  it.each([CONNECTORS, `${CONNECTORS}/a`, '/v1/connectors'])('has the headers of a stream of %s', async (path) => {
    const at = await world()
    await at.put('connectors', 'acme', sample('connectors', 'a'))
    const open = await at.opens('viewer', 'acme')
    asked(at)
    const answer = await open('HEAD', path, { headers: EVENTS })
    expect([answer.status, answer.headers.get('Content-Type'), answer.body]).toEqual([200, 'text/event-stream', null])
    expect(asked(at)).toEqual(path.endsWith('/a') ? ['get'] : [])
  })
})

describe('a stream of a collection', () => {
  it('begins with the first fifty objects', async () => {
    const at = await world()
    const open = await at.opens('viewer', 'acme')
    asked(at)
    const stream = await watch(open, CONNECTORS)
    expect(await stream.until('SYNCED')).toEqual(['SYNCED'])
    expect(asked(at)[0]).toBe('list 50')
  })

  it.each(['metadata.name=a', 'metadata.name!=b'])(
    'selected by %s asks for as many as there can be',
    async (selector) => {
      const at = await world()
      await at.put('connectors', 'acme', sample('connectors', 'a'))
      const open = await at.opens('viewer', 'acme')
      asked(at)
      const stream = await watch(open, `${CONNECTORS}?fieldSelector=${encodeURIComponent(selector)}`)
      expect(await stream.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])
      expect(asked(at)[0]).toBe(selector.includes('!') ? 'list 50' : 'list 1')
    },
  )

  it('takes an empty id for none', async () => {
    const at = await world()
    const stream = await watch(await at.opens('viewer', 'acme'), CONNECTORS, { headers: { 'Last-Event-ID': '' } })
    expect(await stream.until('SYNCED')).toEqual(['SYNCED'])
  })

  it('that resumes asks for the version of the cluster, and not for the state', async () => {
    const at = await world()
    const { metadata } = await at.put('connectors', 'acme', sample('connectors', 'a'))
    const open = await at.opens('viewer', 'acme')
    asked(at)
    const headers = { 'Last-Event-ID': metadata.resourceVersion }
    const stream = await watch(open, CONNECTORS, { headers })
    await at.put('connectors', 'acme', sample('connectors', 'b'))
    expect((await stream.next())?.data.metadata.name).toBe('b')
    expect(asked(at)).toEqual(['table None 1', 'watch'])
  })
})

describe('a stream that resumes', () => {
  it('begins again if the cluster has not come as far', async () => {
    const at = await world()
    const { metadata } = await at.put('connectors', 'acme', sample('connectors', 'a'))
    const ahead = String(Number(metadata.resourceVersion) + 1_000)
    const stream = await watch(await at.opens('viewer', 'acme'), CONNECTORS, { headers: { 'Last-Event-ID': ahead } })
    expect(await stream.until('SYNCED')).toEqual(['RESET', 'ADDED a', 'SYNCED'])
  })

  it('goes on if the caller still has no organization', async () => {
    const at = await world()
    const open = await at.opens('viewer', 'platform')
    const ask = { claims: { sub: 'nobody', groups: [] } }
    const stream = await watch(open, '/v1/connectors', ask)
    await stream.until('SYNCED')
    const headers = { 'Last-Event-ID': stream.lastId ?? '' }
    const resumed = await watch(open, '/v1/connectors', { ...ask, headers })
    expect(await resumed.until('SYNCED')).toEqual(['SYNCED'])
    expect(resumed.lastId).toBe(stream.lastId)
  })
})

describe('a stream of one object', () => {
  async function edc() {
    const at = await world()
    for (const name of ['edc', 'other']) await at.put('connectors', 'acme', sample('connectors', name))
    return { at, open: await at.opens('viewer', 'acme') }
  }

  it('asks for this one only, whether it exists first', async () => {
    const { at, open } = await edc()
    asked(at)
    const stream = await watch(open, `${CONNECTORS}/edc`)
    expect(await stream.until('SYNCED')).toEqual(['ADDED edc', 'SYNCED'])
    expect(asked(at).slice(0, 2)).toEqual(['get', 'list 1'])
    const missing = await open('GET', `${CONNECTORS}/none`, { headers: EVENTS })
    expect([missing.status, ((await missing.json()) as Json).code]).toEqual([404, 'not_found'])
  })

  it('tells a client that resumes that the object is gone', async () => {
    const { at, open } = await edc()
    const stream = await watch(open, `${CONNECTORS}/edc`)
    await stream.until('SYNCED')
    await stream.leave()
    await at.kube('DELETE', `/apis/${sample('connectors', 'edc').apiVersion}/namespaces/org-acme/connectors/edc`)
    const headers = { 'Last-Event-ID': stream.lastId ?? '' }
    const resumed = await watch(open, `${CONNECTORS}/edc`, { headers })
    expect(await resumed.next()).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'edc' } } })
  })

  it('can be a summary, and takes nothing else', async () => {
    const { open } = await edc()
    const stream = await watch(open, `${CONNECTORS}/edc?view=summary`)
    expect((await stream.next())?.data).toMatchObject({ columns: { Version: expect.any(String) } })
    for (const [query, detail] of [
      ['q=x', 'is not supported: this path takes view'],
      ['view=overview', 'must be one of full, summary'],
    ]) {
      const answer = await open('GET', `${CONNECTORS}/edc?${query}`, { headers: EVENTS })
      const { errors } = (await answer.json()) as Json
      expect([answer.status, errors[0].detail]).toEqual([400, detail])
    }
  })
})
