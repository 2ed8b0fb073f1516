import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { Rounds } from '../../fixtures/rounds.ts'
import { type Answer, type Ask, type Caller, type Json, sample, world } from '../../fixtures/world.ts'

/** A request, and what must exist before it. */
interface Measured {
  /** Objects in the cluster. */
  readonly given?: readonly [plural: string, organization: string, object: Json][]
  /** Role of the caller (default: admin). */
  readonly role?: string
  /** Organization of the caller (default: acme). */
  readonly of?: string
  /** Whether organizations are not in the caches yet. */
  readonly isCold?: boolean
  /** Is sent before, uncounted. */
  before?(caller: Caller): Promise<Answer>
  send(caller: Caller): Promise<Answer>
}

const ACME = '/v1/organizations/acme'
const APPLY = { 'Content-Type': 'application/apply-patch+yaml' }

const participant = sample('participants', 'acme')
const vault = sample('vaults', 'vault')
const connector = sample('connectors', 'edc')
const registry = sample('digitaltwinregistries', 'dtr', { allowedNamespaces: { from: 'All' } })
const hidden = sample('digitaltwinregistries', 'hidden', { allowedNamespaces: { from: 'Same' } })
const dataspace = sample('dataspaceprofiles', 'x', { visibility: 'Public', authorityRef: { name: 'authority' } })
const membership = sample('dataspacememberships', 'join', { dataspaceRef: { name: 'x', namespace: 'org-authority' } })
const owner = sample('organizationmembers', 'ada', { subject: { kind: 'User', id: 'ada' }, role: 'owner' })

function tenantOf(registryName: string): Json {
  return sample('digitaltwinregistrytenants', 'tenant', {
    registryRef: { name: registryName, namespace: 'org-globex' },
  })
}

function labeled(object: Json): Json {
  return { ...object, metadata: { ...object.metadata, labels: { team: 'blue' } } }
}

function send(method: string, path: string, body?: unknown, headers: Ask['headers'] = {}): Measured['send'] {
  return (caller) => caller(method, `${ACME}/${path}`, { headers, ...(body !== undefined && { body }) })
}

/** Rows of the table in shared/resource/README.md. */
const WRITES: Readonly<Record<string, Measured>> = {
  create: { send: send('POST', 'vaults', vault) },
  'create with three references within the organization': { send: send('POST', 'connectors', connector) },
  'create with references within and to another organization': {
    given: [['digitaltwinregistries', 'globex', registry]],
    send: send('POST', 'digitaltwinregistrytenants', tenantOf('dtr')),
  },
  'create in an organization that is not cached': { isCold: true, send: send('POST', 'vaults', vault) },
  replace: {
    given: [['vaults', 'acme', vault]],
    send: send('PUT', 'vaults/vault', labeled(vault), { 'If-Match': '*' }),
  },
  'merge patch': {
    given: [['vaults', 'acme', vault]],
    send: send('PATCH', 'vaults/vault', { metadata: { labels: { team: 'blue' } } }),
  },
  'merge patch that adds a reference within the organization': {
    given: [
      ['digitaltwinregistries', 'globex', registry],
      ['digitaltwinregistrytenants', 'acme', tenantOf('dtr')],
    ],
    send: send('PATCH', 'digitaltwinregistrytenants/tenant', { spec: { connectorRef: { name: 'edc' } } }),
  },
  'JSON Patch': {
    given: [['vaults', 'acme', vault]],
    send: send('PATCH', 'vaults/vault', [{ op: 'add', path: '/metadata/labels', value: { team: 'blue' } }], {
      'Content-Type': 'application/json-patch+json',
    }),
  },
  'action `suspend`': { given: [['connectors', 'acme', connector]], send: send('POST', 'connectors/edc/suspend') },
  'action `approve` of another organization': {
    given: [
      ['dataspaceprofiles', 'authority', dataspace],
      ['dataspacememberships', 'acme', membership],
    ],
    of: 'authority',
    send: send('POST', 'dataspacememberships/join/approve'),
  },
  'apply that creates': { send: send('PATCH', 'connectors/edc', connector, APPLY) },
  'apply that changes': {
    given: [['vaults', 'acme', vault]],
    send: send('PATCH', 'vaults/vault', labeled(vault), APPLY),
  },
  'apply that changes nothing': {
    before: send('PATCH', 'vaults/vault', vault, APPLY),
    send: send('PATCH', 'vaults/vault', vault, APPLY),
  },
  'apply of three new manifests': {
    send: send('POST', 'apply', [sample('vaults', 'a'), sample('vaults', 'b'), sample('vaults', 'c')]),
  },
  'apply of three new manifests, one of which refers to the others': {
    send: send('POST', 'apply', [connector, vault, participant]),
  },
  'delete where nothing can refer to the kind': {
    given: [['dataspacememberships', 'acme', membership]],
    send: send('DELETE', 'dataspacememberships/join'),
  },
  'delete where four kinds can refer to it': {
    given: [['vaults', 'acme', vault]],
    send: send('DELETE', 'vaults/vault'),
  },
  'delete an owner of the organization': {
    given: [['organizationmembers', 'acme', owner]],
    role: 'owner',
    send: send('DELETE', 'organizationmembers/ada'),
  },
}

/** The refused write that has a row, since none sends more requests. */
const REFUSED_DELETE = 'delete of an object with a referrer (409 `in_use`)'

/** Refused writes, with their status and the requests that each round consists of. */
const REFUSED: Readonly<Record<string, Measured & { status: number; rounds: string[][] }>> = {
  'create without the role': { role: 'viewer', send: send('POST', 'connectors', connector), status: 403, rounds: [] },
  'create of an invalid object': {
    send: send('POST', 'connectors', { ...connector, spec: { ...connector.spec, version: 1 } }),
    status: 422,
    rounds: [],
  },
  'reference to an object of another organization that is not shared': {
    given: [['digitaltwinregistries', 'globex', hidden]],
    send: send('POST', 'digitaltwinregistrytenants', tenantOf('hidden')),
    status: 422,
    rounds: [['GET digitaltwinregistries', 'GET namespaces']],
  },
  'reference to an object of another organization that does not exist': {
    send: send('POST', 'digitaltwinregistrytenants', tenantOf('none')),
    status: 422,
    rounds: [['GET digitaltwinregistries', 'GET namespaces']],
  },
  'apply of an invalid new object': {
    send: send('PATCH', 'vaults/vault', { ...vault, spec: { mode: 'None' } }, APPLY),
    status: 422,
    rounds: [['GET vaults']],
  },
  'patch of another version': {
    given: [['vaults', 'acme', vault]],
    send: send('PATCH', 'vaults/vault', { metadata: { labels: {} } }, { 'If-Match': '"other"' }),
    status: 412,
    rounds: [['GET vaults']],
  },
  'delete without the role': {
    given: [['vaults', 'acme', vault]],
    role: 'operator',
    send: send('DELETE', 'vaults/vault'),
    status: 403,
    rounds: [],
  },
  'delete of an object that does not exist': {
    send: send('DELETE', 'vaults/vault'),
    status: 404,
    rounds: [['GET vaults']],
  },
  [REFUSED_DELETE]: {
    given: [
      ['vaults', 'acme', vault],
      ['connectors', 'acme', connector],
    ],
    send: send('DELETE', 'vaults/vault'),
    status: 409,
    // What the watch cache has found is confirmed.
    rounds: [
      ['GET vaults'],
      ['GET connectors', 'GET credentialissuers', 'GET dspdataplanes', 'GET identityhubs'],
      ['GET connectors'],
    ],
  },
  'decision by the applicant': {
    given: [
      ['dataspaceprofiles', 'authority', dataspace],
      ['dataspacememberships', 'acme', membership],
    ],
    send: send('POST', 'dataspacememberships/join/approve'),
    status: 403,
    rounds: [
      ['GET dataspacememberships'],
      ['GET dataspaceprofiles'],
      ['GET organizations'],
      ['GET namespaces', 'GET organizationmembers'],
    ],
  },
}

/** Sends the request, and returns its status and rounds. */
async function measure({ given = [], role = 'admin', of = 'acme', isCold = false, before, send }: Measured) {
  const counter = new Rounds()
  const at = await world({ between: counter.between, keepsCaches: true })
  for (const [plural, organization, object] of given) await at.put(plural, organization, object)
  const caller = await at.as(role, of)
  if (!isCold) {
    await caller('GET', '/v1/vaults')
    for (const name of new Set([of, 'acme', 'authority'])) await caller('GET', `/v1/organizations/${name}/vaults`)
    // As old as most cached organizations are: older than a refusal may be based on.
    vi.setSystemTime(Date.now() + 2_000)
  }
  await before?.(caller)
  counter.clear()
  const { status } = await send(caller)
  return { status, rounds: counter.rounds }
}

afterEach(() => void vi.useRealTimers())

// A machine that stops in the middle of a round makes two of it, but none makes one of two.
describe('a write', { retry: 2 }, () => {
  const readme = readFileSync(join(PROJECT, 'shared/resource/README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| ([^|]+?) +\| +(\d+) \| +(\d+) \|$/gm)]
  const documented = Object.fromEntries(
    rows.map(([, name, requests, rounds]) => [name, [Number(requests), Number(rounds)]]),
  )

  it('has a row in the table of shared/resource/README.md', () => {
    expect(Object.keys(documented)).toEqual([...Object.keys(WRITES), REFUSED_DELETE])
  })

  it.each(Object.entries(WRITES))('%s sends the requests that its row says', async (name, write) => {
    const { status, rounds } = await measure(write)
    expect([200, 201, 204], JSON.stringify(rounds)).toContain(status)
    expect([rounds.flat().length, rounds.length], JSON.stringify(rounds)).toEqual(documented[name])
  })

  it.each(Object.entries(REFUSED))('%s is refused without more requests than necessary', async (name, refused) => {
    const { status, rounds } = await measure(refused)
    const row = documented[name]
    if (row !== undefined) expect([rounds.flat().length, rounds.length], JSON.stringify(rounds)).toEqual(row)
    expect({ status, rounds: rounds.map((round) => round.sort()) }).toEqual({
      status: refused.status,
      rounds: refused.rounds,
    })
  })
})
