/** Referrers in other organizations are only counted: there may be any number of them. */
import { expect, it } from 'vitest'
import { sample, world } from '../fixtures/world.ts'

/** Connectors of other organizations. */
const FOREIGN = 10_000

it('counts no more than 1,000, and still shows those of the caller', async () => {
  const at = await world()
  await at.put('cells', 'platform', sample('cells', 'eu'))
  const asked: string[] = []
  let now = 0
  let most = 0
  at.cluster.intercept = async ({ path }) => {
    const url = new URL(path, 'http://kube')
    const [, namespace, plural] = /\/v1alpha1(?:\/namespaces\/([^/]+))?\/(\w+)$/.exec(url.pathname) ?? []
    if (!url.searchParams.get('fieldSelector')?.includes('.name=eu')) return undefined
    asked.push(`${plural} ${namespace ?? ''}`.trim())
    now += 1
    most = Math.max(most, now)
    await new Promise(setImmediate)
    now -= 1
    if (plural !== 'connectors') return { status: 200, body: { metadata: {}, items: [] } }
    const object = (name: string, home: string) => {
      const made = sample('connectors', name, { cellRef: { name: 'eu' } })
      return { ...made, metadata: { ...made.metadata, namespace: home, uid: name } }
    }
    if (namespace === 'org-acme') return { status: 200, body: { metadata: {}, items: [object('own', 'org-acme')] } }
    const start = Number(url.searchParams.get('continue') ?? 0)
    const end = Math.min(FOREIGN, start + Number(url.searchParams.get('limit')))
    const items = Array.from({ length: end - start }, (_, index) => object(`c-${start + index}`, 'org-aaa'))
    return { status: 200, body: { metadata: end < FOREIGN ? { continue: String(end) } : {}, items } }
  }
  const viewer = await at.as('viewer', 'acme')
  const { status, body } = await viewer('GET', '/v1/cells/eu/references')
  expect([status, body.hidden]).toEqual([200, 1_000])
  expect(body.referredToBy).toMatchObject([{ plural: 'connectors', organization: 'acme', name: 'own' }])
  expect(asked.filter((one) => one.startsWith('connectors'))).toEqual([
    'connectors',
    'connectors',
    'connectors',
    'connectors org-acme',
  ])
  expect(most).toBe(1)
})
