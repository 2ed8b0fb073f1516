import { expect, onTestFinished, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'

/** The stand-in operators fail objects with this annotation; its value is the message of their conditions. */
const FAIL = 'demo.kaphera.com/fail'
const owner = as('acme-owner')
const path = (plural: string, name = ''): string => `/v1/organizations/acme/${plural}/${name}`.replace(/\/$/, '')

const database = { mode: 'Managed' }
const version = '0.14.0'

/** Creates an object that fails, waits for that, and deletes it when the test is over. */
async function failing(plural: string, name: string, spec: Json): Promise<string | null> {
  const { status, body, headers } = await owner('POST', path(plural), {
    body: { metadata: { name, annotations: { [FAIL]: `${plural} broke` } }, spec },
    headers: { Prefer: 'wait=25' },
  })
  expect(status, JSON.stringify(body)).toBe(201)
  onTestFinished(async () => void (await owner('DELETE', path(plural, name), { headers: { Prefer: 'wait=25' } })))
  return headers.get('Link')
}

async function diagnosisOf(plural: string, name: string): Promise<Json> {
  const { status, body } = await as('acme-viewer')('GET', `${path(plural, name)}/diagnosis`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

test('a diagnosis finds the vault behind a connector, and the answer that waited links to it', async () => {
  const name = uniqueName()
  await failing('vaults', name, { mode: 'Managed' })
  await failing('identityhubs', name, { version, hostname: `${name}.example`, vaultRef: { name }, database })
  await failing('participants', name, { identityHubRef: { name } })
  const link = await failing('connectors', name, {
    version,
    participantRef: { name },
    identityHubRef: { name },
    vaultRef: { name },
    database,
  })
  expect(link).toBe(`<${path('connectors', name)}/diagnosis>; rel="status"`)
  const diagnosis = await diagnosisOf('connectors', name)
  expect(diagnosis).toMatchObject({ ready: false, complete: true })
  expect(diagnosis.causes).toMatchObject([
    {
      plural: 'vaults',
      name,
      path: ['spec.vaultRef'],
      state: 'unready',
      phase: 'Failed',
      conditions: [{ type: 'Stalled', status: 'True', message: 'vaults broke' }, {}, {}, {}, {}],
      event: { type: 'Warning', reason: 'Failed' },
    },
  ])
})

test('a diagnosis finds a missing participant', async () => {
  const name = uniqueName()
  await failing('connectors', name, {
    version,
    participantRef: { name },
    identityHubRef: { name: 'hub' },
    vaultRef: { name: 'vault' },
    database,
  })
  const { causes } = await diagnosisOf('connectors', name)
  expect(causes).toMatchObject([{ plural: 'participants', name, state: 'missing', path: ['spec.participantRef'] }])
})
