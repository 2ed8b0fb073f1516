/**
 * Whether a caller learns of objects that it does not see: by how much the cluster is asked, which shows in the time of the answer, or
 * by the pages of a list.
 */
import { describe, expect, it } from 'vitest'
import { type Caller, sample, type World, world } from '../../unit/fixtures/world.ts'

/** Objects of another organization than the caller's. */
async function foreign(): Promise<World & { caller: Caller }> {
  const at = await world()
  const labels = { tier: 'gold' }
  for (const name of ['one', 'two', 'three']) {
    await at.put('identityhubs', 'globex', sample('identityhubs', name, {}, { labels }))
  }
  const profile = sample('dataspaceprofiles', 'x', { authorityRef: { name: 'authority' } })
  await at.put('dataspaceprofiles', 'authority', profile)
  const dataspaceRef = { name: 'x', namespace: 'org-authority' }
  await at.put('dataspacememberships', 'globex', sample('dataspacememberships', 'one', { dataspaceRef }))
  return { ...at, caller: await at.as('admin', 'acme') }
}

describe('CVE-2022-41354: how often the cluster is asked', () => {
  it.each([
    ['GET', 'identityhubs', ''],
    ['GET', 'dataspaceprofiles', ''],
    ['POST', 'dataspacememberships', '/approve'],
  ])('does not depend on what exists: %s %s%s', async (method, plural, action) => {
    const { caller, cluster } = await foreign()
    const counts: number[] = []
    for (const object of ['absent', 'globex'].flatMap((name) => [`${name}/${plural}/none`, `${name}/${plural}/one`])) {
      cluster.requests.length = 0
      expect((await caller(method, `/v1/organizations/${object}${action}`)).status).toBe(404)
      counts.push(cluster.requests.length)
    }
    expect(new Set(counts)).toHaveLength(1)
  })
})

describe('CVE-2022-41354: pages', () => {
  /** The part of a list that tells how many objects there are. */
  async function told(caller: Caller, path: string): Promise<unknown> {
    const { status, headers, body } = await caller('GET', path)
    expect(status).toBe(200)
    return { link: headers.get('Link'), ...body.metadata, resourceVersion: undefined, items: body.items.length }
  }

  it.each(['', '&view=summary'])('do not count objects that are not offered to the caller%s', async (view) => {
    const { caller } = await foreign()
    const path = `/v1/identityhubs?limit=1${view}`
    const nothing = await told(caller, `${path}&fieldSelector=metadata.namespace%3Dorg-absent`)
    expect(nothing).toEqual({ link: null, items: 0 })
    for (const selector of ['', '&fieldSelector=metadata.namespace%3Dorg-globex', '&labelSelector=tier%3Dgold']) {
      expect(await told(caller, path + selector)).toEqual(nothing)
    }
  })

  it('do not count the organizations of others', async () => {
    const { caller } = await foreign()
    expect(await told(caller, '/v1/organizations?limit=1')).toEqual({ link: null, items: 1 })
  })

  it('do not count what belongs to other participants', async () => {
    const at = await world()
    for (const name of ['one', 'three', 'two']) {
      await at.put('connectors', 'acme', sample('connectors', name, { participantRef: { name } }))
    }
    const open = await at.opens('viewer', 'acme', { participants: ['one'] })
    const response = await open('GET', '/v1/organizations/acme/connectors?limit=1')
    expect(response.headers.get('Link')).toBeNull()
    expect(await response.json()).toMatchObject({ items: [{ metadata: { name: 'one' } }] })
  })

  it('show each object once, whatever there is between them', async () => {
    const at = await world()
    for (const [index, participant] of ['one', 'two', 'one', 'two', 'one'].entries()) {
      await at.put('connectors', 'acme', sample('connectors', `c${index}`, { participantRef: { name: participant } }))
    }
    const open = await at.opens('viewer', 'acme', { participants: ['one'] })
    const names: string[] = []
    for (let path: string | undefined = '/v1/organizations/acme/connectors?limit=1'; path !== undefined; ) {
      const response = await open('GET', path)
      const { items } = (await response.json()) as { items: { metadata: { name: string } }[] }
      names.push(...items.map(({ metadata }) => metadata.name))
      // What is deleted was shown.
      if (names.length === 1)
        await at.kube('DELETE', '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/c0')
      path = /<(.*)>/.exec(response.headers.get('Link') ?? '')?.[1]
    }
    expect(names).toEqual(['c0', 'c2', 'c4'])
  })
})
