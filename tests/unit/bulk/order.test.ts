import { describe, expect, it } from 'vitest'
import type { Manifest } from '../../../shared/bulk/manifests.ts'
import { inGroups } from '../../../shared/bulk/order.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'

function manifest(plural: string, name: string, spec: object = {}): Manifest {
  const entry = KINDS[plural]
  if (entry === undefined) throw new Error(`there is no kind ${plural}`)
  return { plural, name, kind: entry.kind, entry, body: { spec } }
}

function namesOf(manifests: readonly Manifest[]): string[][] {
  return inGroups({}, manifests).map((group) => group.map(({ name }) => name))
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
    expect(inGroups({}, vaults).map(({ length }) => length)).toEqual([8, 8, 4])
  })
})
