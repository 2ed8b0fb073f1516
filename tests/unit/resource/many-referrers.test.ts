/** Who refers to an object is found among any number of objects. */
import { describe, expect, it } from 'vitest'
import { sample, world } from '../fixtures/world.ts'

describe.each([
  { count: 10_050, isSelectable: true, asked: 2 },
  { count: 100_500, isSelectable: true, asked: 2 },
  // One refused question, and pages of 500.
  { count: 10_050, isSelectable: false, asked: 22 },
])('a vault used by one of $count connectors, with a selectable field: $isSelectable', (size) => {
  const { count, isSelectable, asked } = size
  const unsupported = { kind: 'Status', message: 'field label not supported: spec.vaultRef.name', code: 400 }

  async function landscape() {
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'kv'))
    let lists = 0
    let deletions = 0
    at.cluster.intercept = async ({ method, path }) => {
      if (method === 'DELETE') deletions += 1
      const url = new URL(path, 'http://kube')
      if (!url.pathname.endsWith('/connectors')) return undefined
      lists += 1
      const isSelected = url.searchParams.has('fieldSelector')
      if (isSelected && !isSelectable) return { status: 400, body: unsupported }
      const start = isSelected ? count - 1 : Number(url.searchParams.get('continue') ?? 0)
      const end = Math.min(count, start + Number(url.searchParams.get('limit')))
      const items = Array.from({ length: end - start }, (_, index) => {
        const user = sample('connectors', `c-${start + index}`, {
          vaultRef: { name: start + index === count - 1 ? 'kv' : 'other' },
        })
        return { ...user, metadata: { ...user.metadata, namespace: 'org-acme', uid: String(start + index) } }
      })
      return { status: 200, body: { metadata: { ...(end < count && { continue: String(end) }) }, items } }
    }
    const admin = await at.as('admin', 'acme')
    return { admin, lists: () => lists, deletions: () => deletions }
  }

  it('cannot be deleted', async () => {
    const { admin, lists, deletions } = await landscape()
    const { status, body } = await admin('DELETE', '/v1/organizations/acme/vaults/kv')
    expect([status, body.code]).toEqual([409, 'in_use'])
    expect(body.references).toMatchObject([{ plural: 'connectors', name: `c-${count - 1}` }])
    expect([lists(), deletions()]).toEqual([asked, 0])
  })

  it('shows its referrer', async () => {
    const { admin } = await landscape()
    const { body } = await admin('GET', '/v1/organizations/acme/vaults/kv/references')
    expect(body.referredToBy).toMatchObject([{ plural: 'connectors', name: `c-${count - 1}` }])
  })
})
