import { describe, expect, it } from 'vitest'
import type { Manifest } from '../../../shared/bulk/manifests.ts'
import { dependencies, inGroups } from '../../../shared/bulk/order.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'

/** Whether a namespace is that of the organization. */
const isOwn = (namespace: string): boolean => namespace === 'org-acme'

function manifest(plural: string, name: string, spec: object = {}): Manifest {
  const entry = KINDS[plural]
  if (entry === undefined) throw new Error(`there is no kind ${plural}`)
  return { plural, name, kind: entry.kind, entry, body: { spec } }
}

function namesOf(manifests: readonly Manifest[]): string[][] {
  return inGroups(dependencies({}, manifests, isOwn)).map((group) => group.map(({ name }) => name))
}

describe('inGroups', () => {
  it('puts an object after those that it refers to, and otherwise keeps the order', () => {
    const manifests = [
      manifest('dataplanes', 'plane', { connectorRef: { name: 'edc' } }),
      manifest('connectors', 'edc', { vaultRef: { name: 'kv' }, participantRef: { name: 'none' } }),
      manifest('participants', 'company'),
      manifest('vaults', 'kv'),
    ]
    expect(namesOf(manifests)).toEqual([['kv', 'company'], ['edc'], ['plane']])
  })

  it('applies the objects of a cycle one after the other', () => {
    const issuer = manifest('credentialissuers', 'issuer', { dataspaceRef: { name: 'x' } })
    const dataspace = manifest('dataspaceprofiles', 'x', { issuerRef: { name: 'issuer' } })
    const membership = manifest('dataspacememberships', 'join', { dataspaceRef: { name: 'x' } })
    expect(namesOf([membership, dataspace, issuer])).toEqual([['issuer'], ['x'], ['join']])
  })

  it('applies at most eight at once', () => {
    const vaults = Array.from({ length: 20 }, (_, index) => manifest('vaults', `v${index}`))
    expect(inGroups(dependencies({}, vaults, isOwn)).map(({ length }) => length)).toEqual([8, 8, 4])
  })
})

describe('dependencies', () => {
  const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

  it('are the others of the request, in its order, whatever the order of the references', () => {
    const cellRefs = [{ name: 'c' }, { name: 'c', namespace: 'other' }]
    const manifests = [
      ...names(3, 'i').map((name) => manifest('credentialissuers', name, { dataspaceRef: { name: 'x' } })),
      manifest('dataspaceprofiles', 'x', { issuerRef: { name: 'i1' }, cells: cellRefs }),
      manifest('dataspaceprofiles', 'y', { issuerRef: { name: 'i2', namespace: 'elsewhere' } }),
      manifest('dataspaceprofiles', 'z', { issuerRef: { name: 'i2', namespace: 'org-acme' } }),
      manifest('connectors', 'a', { participantRef: { name: 'p' }, vaultRef: { name: 'p' } }),
      manifest('vaults', 'p'),
      manifest('participants', 'p'),
      manifest('dataplanes', 'p', { connectorRef: { name: 'a' } }),
    ]
    const found = [...dependencies({}, manifests, isOwn)].map(([{ plural, name }, others]) => [
      `${plural}/${name}`,
      others.map((other) => `${other.plural}/${other.name}`),
    ])
    expect(found).toEqual([
      ['credentialissuers/i0', ['dataspaceprofiles/x']],
      ['credentialissuers/i1', ['dataspaceprofiles/x']],
      ['credentialissuers/i2', ['dataspaceprofiles/x']],
      ['dataspaceprofiles/x', ['credentialissuers/i1']],
      ['dataspaceprofiles/y', []],
      ['dataspaceprofiles/z', ['credentialissuers/i2']],
      ['connectors/a', ['vaults/p', 'participants/p']],
      ['vaults/p', []],
      ['participants/p', []],
      ['dataplanes/p', ['connectors/a']],
    ])
  })

  it('are found without comparing every reference with every manifest', () => {
    let looks = 0
    const counting: ProxyHandler<Manifest> = {
      get(target, key) {
        if (key === 'plural') looks += 1
        return Reflect.get(target, key)
      },
    }
    // In the organization, so that each could name a manifest.
    const cells = names(1_000, 'c').map((name) => ({ name, namespace: 'org-acme' }))
    const manifests = names(100, 'x').map((name) => new Proxy(manifest('dataspaceprofiles', name, { cells }), counting))
    inGroups(dependencies({}, manifests, isOwn))
    expect(looks).toBeLessThanOrEqual(100 * 100)
  })
})
