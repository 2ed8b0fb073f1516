/** Why an object is not ready, in a dataspace of which one part is broken. */
import { describe, expect, it } from 'vitest'
import { MAX_DEPTH, MAX_MS, MAX_OBJECTS } from '../../../../shared/resource/diagnosis/diagnose.ts'
import { condition, type Differences, dataspace, report, reporting, waits, warning } from '../../fixtures/dataspace.ts'
import { type Caller, type Json, sample, settableClock, type World } from '../../fixtures/world.ts'

const DATA_PLANE = '/v1/organizations/acme/dataplanes/edc-default'
const CONNECTOR = '/v1/organizations/acme/connectors/edc'
const MEMBERSHIP = '/v1/organizations/acme/dataspacememberships/member'

async function diagnosisOf(caller: Caller, path: string, headers = {}): Promise<Json> {
  const { status, body, text } = await caller('GET', `${path}/diagnosis`, { headers })
  expect(status, text).toBe(200)
  return body
}

/** Reports that what depends on the company's vault waits. */
const chain =
  (...plurals: string[]) =>
  async (at: World): Promise<void> => {
    const names: Record<string, string> = { identityhubs: 'hub', participants: 'company', connectors: 'edc' }
    for (const plural of [...plurals, 'connectors']) await waits(at, plural, 'acme', names[plural] ?? '')
    await waits(at, 'dataplanes', 'acme', 'edc-default')
  }

const failing = (...conditions: Json[]): Json => reporting('Degraded', [condition('Ready', 'False'), ...conditions])

interface Case {
  readonly differences?: Differences
  /** What operators and others do to the dataspace. */
  readonly act?: ((at: World) => Promise<unknown>)[]
  /** The object that is asked about (default: the data plane). */
  readonly path?: string
  /** What the platform finds. */
  readonly cause: Json
  /** What a viewer of the company finds if that is less. */
  readonly seen?: Json
}

/** Each link of the dataspace, broken. */
const LINKS: Readonly<Record<string, Case>> = {
  'a sealed vault': {
    act: [
      chain('identityhubs', 'participants'),
      (at) => report(at, 'vaults', 'acme', 'vault', failing(condition('Unsealed', 'False', 'Sealed', 'It is sealed.'))),
      (at) => warning(at, 'vaults', 'vault', 'Unseal', 1),
      (at) => warning(at, 'vaults', 'vault', 'UnsealAgain', 2),
    ],
    cause: {
      plural: 'vaults',
      kind: 'Vault',
      organization: 'acme',
      name: 'vault',
      path: ['spec.connectorRef', 'spec.vaultRef'],
      state: 'unready',
      phase: 'Degraded',
      since: '2026-01-01T00:00:00Z',
      conditions: [{ type: 'Unsealed', reason: 'Sealed', message: 'It is sealed.' }, { type: 'Ready' }],
      event: { type: 'Warning', reason: 'UnsealAgain' },
    },
  },
  'a wrong reference to a Secret': {
    act: [
      chain(),
      (at) =>
        report(
          at,
          'connectors',
          'acme',
          'edc',
          failing(
            condition('Stalled', 'True', 'SecretNotFound'),
            condition('DatabaseReady', 'False', 'SecretNotFound'),
          ),
        ),
      (at) => warning(at, 'connectors', 'edc', 'SecretNotFound'),
    ],
    cause: {
      plural: 'connectors',
      conditions: [{ type: 'Stalled', status: 'True', reason: 'SecretNotFound' }, { type: 'DatabaseReady' }, {}],
      event: { reason: 'SecretNotFound' },
    },
  },
  'a missing participant': {
    differences: { 'participants/company': null },
    act: [chain()],
    cause: { plural: 'participants', name: 'company', state: 'missing', ready: false, event: null },
  },
  'an operator that is gone, before it has seen a change': {
    differences: { 'identityhubs/hub': {} },
    act: [
      chain('participants'),
      (at) =>
        at.kube('PATCH', '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/identityhubs/hub', {
          body: { spec: { version: '0.15.0' } },
          headers: { 'Content-Type': 'application/merge-patch+json' },
        }),
    ],
    cause: { plural: 'identityhubs', state: 'stale', ready: false, since: null },
  },
  'an operator that was never there': {
    act: [chain('participants'), (at) => report(at, 'identityhubs', 'acme', 'hub', {})],
    cause: { plural: 'identityhubs', state: 'unobserved', phase: null, conditions: [{ reason: 'NotReported' }] },
  },
  'a used up quota of the organization': {
    act: [
      chain(),
      (at) => report(at, 'organizations', 'platform', 'acme', failing(condition('QuotaApplied', 'False', 'Exceeded'))),
    ],
    cause: {
      plural: 'organizations',
      name: 'acme',
      path: ['metadata.namespace'],
      conditions: [{ type: 'QuotaApplied', reason: 'Exceeded' }, {}],
    },
  },
  'a suspended organization': {
    act: [
      chain('participants'),
      (at) => report(at, 'organizations', 'platform', 'acme', failing(condition('Suspended', 'True', 'Unpaid'))),
    ],
    cause: { plural: 'organizations', name: 'acme', conditions: [{ type: 'Suspended', status: 'True' }, {}] },
  },
  'a missing cell': {
    differences: { 'connectors/edc': { spec: { cellRef: { name: 'gone' } } } },
    act: [chain()],
    cause: { plural: 'cells', name: 'gone', state: 'missing', path: ['spec.connectorRef', 'spec.cellRef'] },
    // A cell that is not offered to the company looks the same.
    seen: { plural: 'connectors', name: 'edc', unseen: ['spec.cellRef'] },
  },
  'an identity hub that is not ready': {
    act: [
      chain('participants'),
      (at) => report(at, 'identityhubs', 'acme', 'hub', failing(condition('StsReady', 'Unknown'))),
    ],
    cause: { plural: 'identityhubs', name: 'hub', conditions: [{ type: 'StsReady', status: 'Unknown' }, {}] },
  },
  'an issuer that is not ready': {
    path: MEMBERSHIP,
    act: [
      (at) => waits(at, 'dataspacememberships', 'acme', 'member'),
      (at) => waits(at, 'dataspaceprofiles', 'authority', 'space'),
      (at) => report(at, 'credentialissuers', 'authority', 'issuer', failing(condition('DidPublished', 'False'))),
    ],
    cause: {
      plural: 'credentialissuers',
      organization: 'authority',
      path: ['spec.dataspaceRef', 'spec.issuerRef'],
      conditions: [{ type: 'DidPublished' }, {}],
    },
    seen: { plural: 'dataspaceprofiles', name: 'space', unseen: ['spec.authorityRef', 'spec.issuerRef'] },
  },
  'a missing dataspace': {
    path: MEMBERSHIP,
    differences: { 'dataspaceprofiles/space': null },
    act: [(at) => waits(at, 'dataspacememberships', 'acme', 'member')],
    cause: { plural: 'dataspaceprofiles', organization: 'authority', state: 'missing' },
    seen: { plural: 'dataspacememberships', unseen: ['spec.dataspaceRef'] },
  },
  ...Object.fromEntries(
    ['Denied', 'Expired'].map((phase): [string, Case] => [
      `a membership in the phase ${phase}`,
      {
        path: MEMBERSHIP,
        act: [
          (at) => {
            const conditions = [condition('Ready', 'False', phase), condition('Approved', 'False', phase)]
            return report(at, 'dataspacememberships', 'acme', 'member', reporting(phase, conditions))
          },
        ],
        cause: {
          plural: 'dataspacememberships',
          path: [],
          phase,
          conditions: [{ type: 'Approved', reason: phase }, {}],
        },
      },
    ]),
  ),
  'a deletion that waits for a finalizer': {
    differences: { 'vaults/vault': { metadata: { finalizers: ['edc.kaphera.com/operator'] } } },
    act: [
      chain('identityhubs', 'participants'),
      (at) => at.kube('DELETE', '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults/vault'),
    ],
    cause: { plural: 'vaults', state: 'deleting', finalizers: ['edc.kaphera.com/operator'] },
  },
}

describe('the diagnosis', () => {
  it.each(Object.entries(LINKS))('finds %s', async (_, { differences, act = [], path = DATA_PLANE, cause, seen }) => {
    const at = await dataspace(differences)
    for (const step of act) await step(at)
    const [platform, viewer] = [await at.as('admin', 'platform'), await at.as('viewer', 'acme')]
    expect(await diagnosisOf(platform, path)).toMatchObject({
      ready: false,
      complete: true,
      hidden: 0,
      causes: [cause],
    })
    expect(await diagnosisOf(viewer, path)).toMatchObject({ ready: false, complete: true, causes: [seen ?? cause] })
  })

  it('of a ready object has no causes, and shows what it depends on, nearest first', async () => {
    const at = await dataspace()
    const diagnosis = await diagnosisOf(await at.as('viewer', 'acme'), DATA_PLANE)
    expect(diagnosis).toMatchObject({ ready: true, complete: true, hidden: 0, causes: [] })
    expect(diagnosis.objects.map(({ plural, name, path }: Json) => [`${plural}/${name}`, ...path])).toEqual([
      ['dataplanes/edc-default'],
      ['connectors/edc', 'spec.connectorRef'],
      ['organizations/acme', 'metadata.namespace'],
      ['participants/company', 'spec.connectorRef', 'spec.participantRef'],
      ['identityhubs/hub', 'spec.connectorRef', 'spec.identityHubRef'],
      ['vaults/vault', 'spec.connectorRef', 'spec.vaultRef'],
      ['cells/cell', 'spec.connectorRef', 'spec.cellRef'],
    ])
    expect(diagnosis.objects.every(({ state, conditions }: Json) => state === 'ready' && conditions.length === 0)).toBe(
      true,
    )
  })

  it('follows owners', async () => {
    const at = await dataspace()
    const { metadata, apiVersion, kind } = await at.stored('vaults', 'acme', 'vault')
    const owner = { apiVersion, kind, name: 'vault', uid: metadata.uid }
    const foreign = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'vault', uid: metadata.uid }
    await at.put('identityhubs', 'acme', sample('identityhubs', 'owned', {}, { ownerReferences: [foreign, owner] }))
    const { objects } = await diagnosisOf(await at.as('viewer', 'acme'), '/v1/organizations/acme/identityhubs/owned')
    expect(objects.map(({ path }: Json) => path.join(' '))).toEqual([
      '',
      'spec.vaultRef',
      'metadata.namespace',
      'spec.vaultRef spec.cellRef',
    ])
    const owned = sample('dataplanes', 'owned', {}, { ownerReferences: [owner] })
    await at.put('dataplanes', 'acme', owned)
    const dataPlane = await diagnosisOf(await at.as('viewer', 'acme'), '/v1/organizations/acme/dataplanes/owned')
    expect(dataPlane.objects).toContainEqual(
      expect.objectContaining({ plural: 'vaults', path: ['metadata.ownerReferences.0'] }),
    )
  })

  it('is YAML if the client prefers that', async () => {
    const at = await dataspace({ 'participants/company': null })
    const viewer = await at.as('viewer', 'acme')
    const { text } = await viewer('GET', `${CONNECTOR}/diagnosis`, { headers: { Accept: 'application/yaml' } })
    expect(text).toContain('state: missing')
  })
})

describe('a diagnosis survives', () => {
  it('objects that refer to each other', async () => {
    const issuer = { spec: { dataspaceRef: { name: 'space' } } }
    const at = await dataspace({ 'credentialissuers/issuer': issuer })
    await waits(at, 'credentialissuers', 'authority', 'issuer')
    await waits(at, 'dataspaceprofiles', 'authority', 'space')
    const viewer = await at.as('viewer', 'authority')
    const { causes, objects } = await diagnosisOf(viewer, '/v1/organizations/authority/dataspaceprofiles/space')
    expect(causes.map(({ plural }: Json) => plural)).toEqual(['credentialissuers', 'dataspaceprofiles'])
    expect(new Set(objects.map(({ plural, name }: Json) => `${plural}/${name}`)).size).toBe(objects.length)
  })

  it('many dependencies: it reads the nearest, asks no more than its limit, and says that it is not complete', async () => {
    const cells = Array.from({ length: MAX_OBJECTS }, (_, index) => ({ name: `cell-${index}` }))
    const at = await dataspace({ 'dataspaceprofiles/space': { spec: { cells } } })
    for (const { name } of cells) await at.put('cells', 'platform', sample('cells', name))
    const admin = await at.as('admin', 'platform')
    at.cluster.requests.length = 0
    const diagnosis = await diagnosisOf(admin, '/v1/organizations/authority/dataspaceprofiles/space')
    expect(diagnosis).toMatchObject({ complete: false, reason: 'size' })
    expect(diagnosis.objects).toHaveLength(MAX_OBJECTS + 1)
    // The caller and the object, each dependency, and the events of those that are not ready.
    expect(at.cluster.requests.length).toBeLessThanOrEqual(6 + 2 * MAX_OBJECTS)
  })

  it('long chains', async () => {
    const at = await dataspace()
    const names = Array.from({ length: MAX_DEPTH + 3 }, (_, index) => `level-${index}`)
    for (const [index, name] of names.entries()) {
      const parentRef = { name: names[index + 1] ?? 'acme' }
      await at.put('organizations', 'platform', sample('organizations', name, { parentRef }))
    }
    const diagnosis = await diagnosisOf(await at.as('admin', 'platform'), '/v1/organizations/level-0')
    expect(diagnosis).toMatchObject({ complete: false, reason: 'depth' })
    expect(diagnosis.objects).toHaveLength(MAX_DEPTH + 1)
  })

  it('a cluster that does not answer some questions', async () => {
    const at = await dataspace(
      {},
      {
        between: (upstream) => ({
          fetch: async (input, init) =>
            new URL(new Request(input, init).url).pathname.endsWith('/vaults/vault')
              ? new Response('{}', { status: 500 })
              : upstream.fetch(input, init),
        }),
      },
    )
    const diagnosis = await diagnosisOf(await at.as('viewer', 'acme'), CONNECTOR)
    expect(diagnosis).toMatchObject({ ready: true, complete: false, reason: 'unavailable' })
    expect(diagnosis.objects.map(({ plural }: Json) => plural)).not.toContain('vaults')
  })

  it('a slow cluster', async () => {
    const forward = settableClock()
    const asked = Promise.withResolvers<void>()
    const at = await dataspace(
      {},
      {
        between: (upstream) => ({
          fetch: (input, init) => {
            if (!new URL(new Request(input, init).url).pathname.endsWith('/vaults/vault'))
              return upstream.fetch(input, init)
            asked.resolve()
            return new Promise(() => undefined)
          },
        }),
      },
    )
    const answer = diagnosisOf(await at.as('viewer', 'acme'), CONNECTOR)
    await asked.promise
    await forward(MAX_MS)
    expect(await answer).toMatchObject({ ready: true, complete: false, reason: 'time' })
  })

  it('a right that the cluster does not give', async () => {
    const at = await dataspace(
      {},
      {
        between: (upstream) => ({
          fetch: async (input, init) =>
            new URL(new Request(input, init).url).pathname.endsWith('/vaults/vault')
              ? Response.json({ kind: 'Status', reason: 'Forbidden' }, { status: 403 })
              : upstream.fetch(input, init),
        }),
      },
    )
    const diagnosis = await diagnosisOf(await at.as('viewer', 'acme'), CONNECTOR)
    expect(diagnosis).toMatchObject({ complete: true, hidden: 1 })
    expect(diagnosis.objects[0].unseen).toEqual(['spec.vaultRef'])
  })
})

describe('the link to a diagnosis', () => {
  const wait = { headers: { Prefer: 'wait=1' } }
  const link = `<${CONNECTOR}/diagnosis>; rel="status"`

  it('is in the answer when the time is up, and when the object has failed', async () => {
    const at = await dataspace()
    await waits(at, 'connectors', 'acme', 'edc')
    const operator = await at.as('operator', 'acme')
    const late = await operator('GET', CONNECTOR, wait)
    expect([late.status, late.headers.get('Link')]).toEqual([202, link])
    const patched = await operator('PATCH', CONNECTOR, { ...wait, body: { metadata: { labels: { a: 'b' } } } })
    expect([patched.status, patched.headers.get('Link')]).toEqual([202, link])
    expect((await operator('GET', CONNECTOR)).headers.get('Link')).toBeNull()
    await report(at, 'connectors', 'acme', 'edc', reporting('Failed', [condition('Ready', 'False')]))
    const failed = await operator('GET', CONNECTOR, wait)
    expect([failed.status, failed.headers.get('Link')]).toEqual([200, link])
  })

  it('is not in the answer when the object is ready', async () => {
    const at = await dataspace()
    const answer = await (await at.as('viewer', 'acme'))('GET', CONNECTOR, wait)
    expect([answer.status, answer.headers.get('Link')]).toEqual([200, null])
  })

  it('is in the answer when a deletion takes longer', async () => {
    const at = await dataspace({
      'connectors/edc': { metadata: { finalizers: ['edc.kaphera.com/operator'] } },
      'dataplanes/edc-default': null,
    })
    const answer = await (await at.as('operator', 'acme'))('DELETE', CONNECTOR, wait)
    expect([answer.status, answer.headers.get('Link')]).toEqual([202, link])
  })

  it('is not in the answer to a caller who cannot follow it', async () => {
    const at = await dataspace()
    await waits(at, 'dataspaceprofiles', 'authority', 'space')
    const profile = '/v1/organizations/authority/dataspaceprofiles/space'
    const answer = await (await at.as('viewer', 'acme'))('GET', profile, wait)
    expect([answer.status, answer.headers.get('Link')]).toEqual([202, null])
  })
})
