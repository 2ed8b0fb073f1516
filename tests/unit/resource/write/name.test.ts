/** The name of an object that is replaced. */
import { expect, it } from 'vitest'
import { type Json, sample, world } from '../../fixtures/world.ts'

const PATH = '/v1/organizations/acme/connectors/edc'

async function replace(metadata: Json | null | undefined, condition: 'If-Match' | 'If-None-Match') {
  const at = await world()
  if (condition === 'If-Match') await at.put('connectors', 'acme', sample('connectors', 'edc'))
  const operator = await at.as('operator', 'acme')
  const { metadata: _, ...rest } = sample('connectors', 'edc')
  return operator('PUT', PATH, { body: { ...rest, metadata }, headers: { [condition]: '*' } })
}

it.each([
  ['If-Match', 200],
  ['If-None-Match', 201],
] as const)('is that of the path, with %s', async (condition, status) => {
  for (const metadata of [undefined, {}, { name: 'edc' }]) {
    expect(await replace(metadata, condition)).toMatchObject({ status, body: { metadata: { name: 'edc' } } })
  }
})

it.each(['If-Match', 'If-None-Match'] as const)('is no other one, with %s', async (condition) => {
  const errors = [{ pointer: '/metadata/name', detail: 'must be edc' }]
  expect(await replace({ name: 'other' }, condition)).toMatchObject({ status: 422, body: { errors } })
  expect(await replace(null, condition)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/metadata' }] } })
})
