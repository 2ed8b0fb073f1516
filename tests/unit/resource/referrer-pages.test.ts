/** Views that list referrers: other organizations decide how many there are, and how large. */
import { describe, expect, it } from 'vitest'
import { WHOLE } from '../../whole.ts'
import { type Caller, type Json, sample, type World, world } from '../fixtures/world.ts'

const PATH = '/v1/organizations/authority/dataspaceprofiles/x/memberships'

function membership(name: string, dataspaceRef: Json, participant = name): Json {
  return sample('dataspacememberships', name, { dataspaceRef, participantRef: { name: participant } })
}

/** A dataspace of the authority with memberships in three organizations, and one of the same name with others. */
async function landscape(): Promise<World> {
  const at = await world()
  const spec = (authority: string) => ({ visibility: 'Public', authorityRef: { name: authority } })
  await at.put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'x', spec('authority')))
  await at.put('dataspaceprofiles', 'globex', sample('dataspaceprofiles', 'x', spec('globex')))
  for (const name of ['a', 'b']) await at.put('dataspacememberships', 'authority', membership(name, { name: 'x' }))
  await at.put('dataspacememberships', 'authority', membership('c', { name: 'y' }))
  for (const name of ['a', 'd']) {
    await at.put('dataspacememberships', 'acme', membership(name, { name: 'x', namespace: 'org-authority' }))
  }
  // The last one of the first organization comes after all others by its name.
  await at.put('dataspacememberships', 'authority', membership('z', { name: 'x', namespace: 'org-authority' }))
  await at.put('dataspacememberships', 'globex', membership('a', { name: 'x', namespace: 'org-authority' }))
  await at.put('dataspacememberships', 'globex', membership('e', { name: 'x' }))
  return at
}

const ALL = ['authority/a', 'authority/b', 'authority/z', 'acme/a', 'acme/d', 'globex/a']

/** All pages: what each shows, as organization and name. */
async function pages(caller: Caller, path: string): Promise<string[][]> {
  const found: string[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, body, headers }: Json = await caller('GET', next)
    expect(status, JSON.stringify(body)).toBe(200)
    found.push(body.items.map(({ metadata }: Json) => `${metadata.namespace.replace('org-', '')}/${metadata.name}`))
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('Link') ?? '')?.[1]
    expect(next === undefined).toBe(body.metadata.continue === undefined)
  }
  return found
}

describe('the memberships of a dataspace', () => {
  it.each([1, 2, 3, 4, 5, 6, 100])('are shown once each, in pages of %s', async (limit) => {
    const at = await landscape()
    const found = await pages(await at.as('viewer', 'authority'), `${PATH}?limit=${limit}`)
    expect(found.flat()).toEqual(ALL)
    expect(found.every((page) => page.length <= limit)).toBe(true)
    expect(found).toHaveLength(Math.ceil(ALL.length / limit))
  })

  it('are all found where the cluster cannot select by the field', async () => {
    const at = await landscape()
    at.cluster.intercept = async ({ path }) => {
      const { pathname, searchParams } = new URL(path, 'http://kube')
      const isSelected = pathname.endsWith('/dataspacememberships') && searchParams.has('fieldSelector')
      return isSelected ? { status: 400, body: { kind: 'Status', message: 'not supported', code: 400 } } : undefined
    }
    const viewer = await at.as('viewer', 'authority')
    expect((await pages(viewer, `${PATH}?limit=1`)).flat()).toEqual(ALL)
    expect((await pages(viewer, PATH)).flat()).toEqual(ALL)
  })

  it('are none where the cluster does not know them', async () => {
    const at = await landscape()
    at.cluster.intercept = async ({ path }) =>
      /\/dataspacememberships\b/.test(path) ? { status: 404, body: '404 page not found' } : undefined
    expect(await pages(await at.as('viewer', 'authority'), PATH)).toEqual([[]])
  })

  it('are asked for by the field that refers, as the function', async () => {
    const at = await landscape()
    const viewer = await at.as('viewer', 'authority')
    at.cluster.requests.length = 0
    await viewer('GET', PATH, { settings: { KUBE_IDENTITY: 'impersonate' } })
    const asked = at.cluster.requests.filter(({ path }) => path.includes('/dataspacememberships?'))
    expect(asked.map(({ path }) => new URL(path, 'http://kube').searchParams.get('fieldSelector'))).toEqual([
      'spec.dataspaceRef.name=x',
      'spec.dataspaceRef.name=x,spec.dataspaceRef.namespace=org-authority,metadata.namespace!=org-authority',
    ])
    for (const { headers } of asked) expect(headers).not.toHaveProperty('impersonate-user')
  })

  it('of its own organization are those of the participants to which a grant is limited', async () => {
    const at = await landscape()
    const subject = { kind: 'User', id: 'ada' }
    const spec = { subject, role: 'operator', participants: ['b'] }
    await at.put('organizationmembers', 'authority', { ...sample('organizationmembers', 'ada'), spec })
    const caller = await at.as('viewer', 'platform')
    const ada: Caller = (method, path, ask = {}) => caller(method, path, { ...ask, claims: { sub: 'ada', groups: [] } })
    for (const limit of [1, 100]) {
      const found = await pages(ada, `${PATH}?limit=${limit}`)
      expect(found.flat()).toEqual(['authority/b', 'acme/a', 'acme/d', 'globex/a'])
    }
  })

  it('have continue tokens for the same dataspace only', async () => {
    const at = await landscape()
    const viewer = await at.as('viewer', 'authority')
    const { body } = await viewer('GET', `${PATH}?limit=1`)
    const token = encodeURIComponent(body.metadata.continue)
    expect((await viewer('GET', `${PATH}?limit=5&continue=${token}`)).status).toBe(200)
    await at.put('dataspaceprofiles', 'authority', sample('dataspaceprofiles', 'y', { visibility: 'Private' }))
    const refused = { status: 400, body: { errors: [{ pointer: '?continue' }] } }
    expect(await viewer('GET', `${PATH.replace('/x/', '/y/')}?continue=${token}`)).toMatchObject(refused)
    const globex = await at.as('viewer', 'globex')
    expect(await globex('GET', `${PATH.replace('authority', 'globex')}?continue=${token}`)).toMatchObject(refused)
  })

  it.each(['limit=0', 'limit=501', 'limit=x', 'sort=metadata.name', 'q=a', 'fieldSelector=a'])(
    'cannot be asked for with ?%s',
    async (query) => {
      const at = await landscape()
      const viewer = await at.as('viewer', 'authority')
      const pointer = `?${query.split('=')[0]}`
      expect(await viewer('GET', `${PATH}?${query}`)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } })
    },
  )

  it.each([true, false])('of one tenant do not fill the memory, with a selectable field: %s', async (isSelectable) => {
    const [count, bytes] = [WHOLE ? 1_000 : 250, 40_000]
    const at = await landscape()
    let lists = 0
    at.cluster.intercept = async ({ path }) => {
      const { pathname, searchParams } = new URL(path, 'http://kube')
      if (!pathname.endsWith('/v1alpha1/dataspacememberships')) return undefined
      if (searchParams.has('fieldSelector') && !isSelectable) {
        return { status: 400, body: { kind: 'Status', message: 'not supported', code: 400 } }
      }
      const start = Number(searchParams.get('continue') ?? 0)
      const end = Math.min(count, start + Number(searchParams.get('limit')))
      const items = Array.from({ length: end - start }, (_, index) => {
        const object = membership(`m-${String(start + index).padStart(4, '0')}`, {
          name: 'x',
          namespace: 'org-authority',
        })
        const annotations = { filler: 'x'.repeat(bytes) }
        return { ...object, metadata: { ...object.metadata, annotations, namespace: 'org-globex', uid: `u${start}` } }
      })
      lists += 1
      return { status: 200, body: { metadata: { ...(end < count && { continue: String(end) }) }, items } }
    }
    const viewer = await at.as('viewer', 'authority')
    const names: string[] = []
    for (let next: string | undefined = `${PATH}?limit=500`; next !== undefined; ) {
      lists = 0
      const { body, text, headers }: Json = await viewer('GET', next)
      names.push(...body.items.map(({ metadata }: Json) => metadata.name))
      expect(text.length).toBeLessThan(4 * 1024 * 1024)
      // What is too large is broken off, and asked for again with fewer objects.
      expect(lists).toBeLessThan(5)
      next = /^<([^>]+)>/.exec(headers.get('Link') ?? '')?.[1]
    }
    expect(names).toHaveLength(3 + count)
    expect(new Set(names).size).toBe(3 + count)
  })
})

describe('the memberships of a participant', () => {
  it('have pages, too', async () => {
    const at = await world()
    await at.put('participants', 'acme', sample('participants', 'ada'))
    for (const name of ['a', 'b', 'c'])
      await at.put('dataspacememberships', 'acme', membership(name, { name: 'x' }, 'ada'))
    await at.put('dataspacememberships', 'acme', membership('d', { name: 'x' }, 'eve'))
    await at.put('dataspacememberships', 'globex', membership('e', { name: 'x' }, 'ada'))
    const path = '/v1/organizations/acme/participants/ada/memberships?limit=2'
    expect(await pages(await at.as('viewer', 'acme'), path)).toEqual([['acme/a', 'acme/b'], ['acme/c']])
  })
})
