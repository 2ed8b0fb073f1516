/** A server of an edition without a kind that could be asked. */
import { expect, it } from 'vitest'
import { world } from '../fixtures/world.ts'

/** Kinds that cannot be listed or watched. */
const CATALOG = [{ name: 'vaults', routes: [], rbac: [], resource: { plural: 'vaults', verbs: ['get'] } }]

it.each(
  ['/v1/organizations/acme', '/v1'].flatMap((path) => [
    `${path}/overview`,
    `${path}/overview?kinds=vaults`,
    `${path}/watch`,
  ]),
)('%s says that there is none', async (path) => {
  const at = await world()
  const viewer = await at.as('viewer', 'acme')
  const headers: Record<string, string> = path.endsWith('watch') ? { Accept: 'text/event-stream' } : {}
  const { status, body } = await viewer('GET', path, { headers, settings: { CATALOG } })
  expect([status, body.code]).toEqual([404, 'not_found'])
})
