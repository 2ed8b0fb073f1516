/** A diagnosis reads as the function what the caller may not see. None of it may be in the answer, not even that it exists. */
import { expect, it } from 'vitest'
import { condition, dataspace, report, reporting, waits, warning } from '../unit/fixtures/dataspace.ts'
import type { Json, World } from '../unit/fixtures/world.ts'

const DATA_PLANE = '/v1/organizations/acme/dataplanes/edc-default/diagnosis'
const MEMBERSHIP = '/v1/organizations/acme/dataspacememberships/member/diagnosis'

const names = (body: Json): string[] => body.objects.map(({ plural, name }: Json) => `${plural}/${name}`)

/** A dataspace whose connector has failed. */
async function broken(): Promise<World> {
  const at = await dataspace()
  await report(at, 'connectors', 'acme', 'edc', reporting('Failed', [condition('Ready', 'False', 'Confidential')]))
  await warning(at, 'connectors', 'edc', 'Confidential')
  await waits(at, 'dataplanes', 'acme', 'edc-default')
  return at
}

it('names nothing of a participant that the grant does not cover', async () => {
  const at = await broken()
  const limited = await at.opens('viewer', 'acme', { participants: ['another'] })
  const text = await (await limited('GET', DATA_PLANE)).text()
  const body = JSON.parse(text)
  expect(body).toMatchObject({ ready: false, complete: true, hidden: 1 })
  expect(names(body)).toEqual(['dataplanes/edc-default', 'organizations/acme'])
  expect(body.causes).toMatchObject([{ plural: 'dataplanes', unseen: ['spec.connectorRef'] }])
  for (const word of ['company', 'hub', '"vault', 'Confidential']) expect(text).not.toContain(word)
})

it('does not reveal whether a hidden object exists', async () => {
  const [there, gone] = [await broken(), await dataspace({ 'connectors/edc': null })]
  await waits(gone, 'dataplanes', 'acme', 'edc-default')
  const answers = await Promise.all(
    [there, gone].map(async (at) => {
      const limited = await at.opens('viewer', 'acme', { participants: ['another'] })
      at.cluster.requests.length = 0
      const { objects, causes, ...rest } = (await (await limited('GET', DATA_PLANE)).json()) as Json
      const withoutTimes = [objects, causes].map((list) => list.map((object: Json) => ({ ...object, event: null })))
      return { ...rest, withoutTimes, requests: at.cluster.requests.length }
    }),
  )
  expect(answers[0]).toEqual(answers[1])
})

it('shows an offered object as it is, without its events and what it refers to', async () => {
  const at = await dataspace()
  await waits(at, 'dataspacememberships', 'acme', 'member')
  await report(
    at,
    'dataspaceprofiles',
    'authority',
    'space',
    reporting('Degraded', [condition('Ready', 'False', 'Seen')]),
  )
  await report(
    at,
    'credentialissuers',
    'authority',
    'issuer',
    reporting('Failed', [condition('Ready', 'False', 'Hid')]),
  )
  const viewer = await at.as('viewer', 'acme')
  at.cluster.requests.length = 0
  const { body, text } = await viewer('GET', MEMBERSHIP)
  expect(body.causes).toMatchObject([{ plural: 'dataspaceprofiles', conditions: [{ reason: 'Seen' }], event: null }])
  expect(body.causes[0]).not.toHaveProperty('organization')
  for (const word of ['Hid', 'trust', '"issuer"']) expect(text).not.toContain(word)
  const paths = at.cluster.requests.map(({ path }) => path)
  expect(paths.filter((path) => path.includes('/events') && path.includes('org-authority'))).toEqual([])
  expect(paths.filter((path) => /secrets/.test(path))).toEqual([])
})

it('is not found where the object is not found', async () => {
  const at = await broken()
  const foreign = await at.as('owner', 'globex')
  expect((await foreign('GET', DATA_PLANE)).status).toBe(404)
  const limited = await at.opens('viewer', 'acme', { participants: ['another'] })
  expect((await limited('GET', '/v1/organizations/acme/connectors/edc/diagnosis')).status).toBe(404)
  // It can be read because it is offered, which does not include its views.
  expect((await foreign('GET', '/v1/organizations/authority/dataspaceprofiles/space')).status).toBe(200)
  expect((await foreign('GET', '/v1/organizations/authority/dataspaceprofiles/space/diagnosis')).status).toBe(404)
})
