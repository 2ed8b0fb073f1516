import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'
import { samples } from './samples.ts'

const collection = '/v1/organizations/acme/vaults'
const owner = as('acme-owner')
const sample = (await samples()).find(({ plural }) => plural === 'vaults') as Json
const run = uniqueName('l')
const names = Array.from({ length: 7 }, (_, index) => `${run}-${index}`)
const selector = `labelSelector=${encodeURIComponent(`run=${run}`)}`

beforeAll(async () => {
  for (const [index, name] of names.entries()) {
    const { status, body } = await owner('POST', collection, {
      body: { metadata: { name, labels: { run, parity: index % 2 === 0 ? 'even' : 'odd' } }, spec: sample.spec },
    })
    expect(status, JSON.stringify(body)).toBe(201)
  }
})

afterAll(async () => {
  for (const name of names) await owner('DELETE', `${collection}/${name}`)
})

function namesOf(body: Json): string[] {
  return body.items.map((item: Json) => item.metadata.name)
}

/** Follows `Link: rel=next` to the end. */
async function pages(path: string): Promise<string[][]> {
  const found: string[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, headers, body }: Json = await owner('GET', next)
    expect(status, JSON.stringify(body)).toBe(200)
    found.push(namesOf(body))
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('Link') ?? '')?.[1]
    expect(next === undefined).toBe(body.metadata.continue === undefined)
  }
  return found
}

describe('lists', () => {
  test('have pages that hold every object once', async () => {
    const found = await pages(`${collection}?${selector}&limit=3`)
    expect(found.map((page) => page.length)).toEqual([3, 3, 1])
    expect(found.flat()).toEqual(names)
  })

  test('are sorted across pages', async () => {
    const found = await pages(`${collection}?${selector}&limit=2&sort=metadata.labels.parity,-metadata.name`)
    const even = names.filter((_, index) => index % 2 === 0).reverse()
    const odd = names.filter((_, index) => index % 2 === 1).reverse()
    expect(found.flat()).toEqual([...even, ...odd])
  })

  test('are sorted by printer columns and by readiness', async () => {
    const { status, body } = await as('platform-admin')('GET', '/v1/organizations?sort=-Display%20Name,ready')
    expect(status, JSON.stringify(body)).toBe(200)
    const titles = body.items.map(({ spec }: Json) => spec.displayName)
    expect(titles.length).toBeGreaterThan(1)
    expect(titles).toEqual([...titles].sort().reverse())
  })

  test('are searched by text', async () => {
    const { body } = await owner('GET', `${collection}?q=${run.toUpperCase()}-3`)
    expect(namesOf(body)).toEqual([names[3]])
  })

  test('have a summary form', async () => {
    const { body } = await owner('GET', `${collection}?${selector}&view=summary&limit=1`)
    expect(body.columns.map(({ name }: Json) => name)).toEqual(expect.arrayContaining(['Phase', 'Ready']))
    expect(body.items[0]).not.toHaveProperty('spec')
    expect(body.items[0].metadata.name).toBe(names[0])
    // A list across organizations includes the organization of each object.
    expect(body.items[0].metadata.labels).toMatchObject({ 'cloud.kaphera.com/organization': 'acme' })
    expect(body.items[0].columns).toHaveProperty('Phase')
  })

  test('have continue tokens that only work for the same query and organization', async () => {
    const { body } = await owner('GET', `${collection}?${selector}&limit=2`)
    const token = encodeURIComponent(body.metadata.continue)
    expect((await owner('GET', `${collection}?${selector}&limit=5&continue=${token}`)).status).toBe(200)
    for (const other of [`${collection}?continue=${token}`, `/v1/organizations/acme/connectors?continue=${token}`]) {
      const { status, body: problem } = await owner('GET', other)
      expect(status).toBe(400)
      expect(problem.errors[0].pointer).toBe('?continue')
    }
    const stolen = await as('globex-admin')('GET', `/v1/organizations/globex/vaults?${selector}&continue=${token}`)
    expect(stolen.status).toBe(400)
  })

  test('across organizations hold only what is visible to the caller', async () => {
    const { status, body } = await owner('GET', '/v1/connectors?limit=500')
    expect(status).toBe(200)
    const all = await as('platform-admin')('GET', '/v1/connectors?limit=500')
    const namespaces = ({ items }: Json) => items.map((item: Json) => item.metadata.namespace)
    // Other tests give the caller further organizations.
    expect(namespaces(body)).toContain('org-acme')
    expect(namespaces(body)).not.toContain('org-globex')
    expect(namespaces(all.body)).toContain('org-globex')
  })

  test('of the memberships of a dataspace have pages, too, over all organizations', async () => {
    const spec = { dataspaceId: `https://${run}.example`, authorityRef: { name: 'acme' }, visibility: 'Public' }
    const profile = (await samples()).find(({ plural }) => plural === 'dataspaceprofiles') as Json
    const dataspace = `/v1/organizations/acme/dataspaceprofiles/${run}`
    const body = { metadata: { name: run }, spec: { ...profile.spec, ...spec } }
    const created = await owner('POST', '/v1/organizations/acme/dataspaceprofiles', { body })
    expect(created.status, JSON.stringify(created.body)).toBe(201)
    const others = as('globex-admin')
    const applicants = names.slice(0, 3).map((name) => ({ call: owner, organization: 'acme', name }))
    applicants.push({ call: others, organization: 'globex', name: `${run}-0` })
    for (const { call, organization, name } of applicants) {
      const answer = await call('POST', `/v1/organizations/${organization}/dataspacememberships`, {
        body: {
          metadata: { name },
          spec: {
            participantRef: { name: 'any' },
            dataspaceRef: { name: run, namespace: created.body.metadata.namespace },
          },
        },
      })
      expect(answer.status, JSON.stringify(answer.body)).toBe(201)
    }
    const found = await pages(`${dataspace}/memberships?limit=3`)
    expect(found).toEqual([names.slice(0, 3), [`${run}-0`]])
    expect((await owner('GET', `${dataspace}/memberships?limit=501`)).status).toBe(400)
    for (const { call, organization, name } of applicants) {
      await call('DELETE', `/v1/organizations/${organization}/dataspacememberships/${name}`)
    }
    await owner('DELETE', dataspace)
  })

  test('are available as YAML', async () => {
    const { status, headers, body } = await owner('GET', `${collection}?limit=1`, {
      headers: { Accept: 'application/yaml' },
    })
    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toBe('application/yaml')
    expect(body).toContain('kind: VaultList')
  })

  test.each([
    [collection, 'text/html'],
    ['/v1/organizations/acme/watch', 'application/json'],
    ['/v1/watch', 'application/json'],
  ])('are not available in other media types: %s as %s', async (path, accepted) => {
    const { status, body } = await owner('GET', path, { headers: { Accept: accepted } })
    expect(status).toBe(406)
    expect(body.code).toBe('not_acceptable')
  })
})
