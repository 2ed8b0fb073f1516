/** Every cell of matrix.yaml over HTTP: each kind, each operation, each role. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { as, type Json, send, serverUrl, uniqueName } from './client.ts'
import { attempt, EXPECTATIONS, furtherOperations, headersOf, type Row, readMatrix, type Target } from './matrix.ts'
import { samples } from './samples.ts'

const { roles, rows } = readMatrix()
const kinds = await samples()
const plurals = [...new Set(rows.map(({ plural }) => plural))]
const platform = as('platform-admin')
const name = uniqueName('matrix')

/** Where the API differs from the samples: what an object must be so that everything can be tried on it. */
const SPECS: Readonly<Record<string, Json>> = {
  organizations: { parentRef: { name: 'integrator' } },
  participants: { keys: [{ id: 'key-1', algorithm: 'EdDSA', curve: 'Ed25519' }] },
  // Decisions on it are those of acme.
  dataspacememberships: { dataspaceRef: { name } },
}

const targets = new Map<string, Target>()
let resources: Json[] = []

/** Members that the seed does not have. */
const MEMBERS: readonly Json[] = [
  { email: 'acme-admin@example.com', role: 'admin' },
  { email: 'acme-expired@example.com', role: 'admin', expiresAt: '2026-01-01T00:00:00Z' },
  // The samples belong to the participant acme; the participant that is tried is one of its own.
  { email: 'acme-limited-viewer@example.com', role: 'viewer', participants: ['acme', name] },
  { email: 'acme-limited-operator@example.com', role: 'operator', participants: ['acme', name] },
  { email: 'acme-limited-owner@example.com', role: 'owner', participants: ['acme', name] },
  { email: 'acme-elsewhere-owner@example.com', role: 'owner', participants: ['elsewhere'] },
]

beforeAll(async () => {
  resources = (await send('GET', '/capabilities')).body.resources
  for (const { email, ...spec } of MEMBERS) {
    const member = { metadata: { name: email.split('@')[0] }, spec: { subject: { kind: 'User', email }, ...spec } }
    const collection = '/v1/organizations/acme/organizationmembers'
    const { status, body } = await platform('POST', collection, { body: member })
    if (status === 201) continue
    // In front of a cluster that lives longer than one run it is there already.
    expect(status, JSON.stringify(body)).toBe(409)
    const type = 'application/merge-patch+json'
    const patched = await platform('PATCH', `${collection}/${member.metadata.name}`, { body: { spec }, type })
    expect(patched.status, JSON.stringify(patched.body)).toBe(200)
  }
  for (const resource of resources) targets.set(resource.plural, await targetOf(resource))
  // In which organizations somebody has a role is remembered for 10 s by each function; of the platform's own objects that decides.
  for (const plural of ['cells', 'dspdataplanes']) {
    const { collection } = targets.get(plural) as Target
    for (const { email } of MEMBERS.filter(({ expiresAt }) => expiresAt === undefined)) {
      const member = as(email.split('@')[0])
      await vi.waitFor(async () => expect((await member('GET', `${collection}/${name}`)).status).toBe(200), {
        timeout: 20_000,
        interval: 250,
      })
    }
  }
})

afterAll(async () => {
  for (const { plural, collection } of [...targets.values()].reverse()) {
    if (plural !== 'organizations') await platform('DELETE', `${collection}/${name}`)
  }
})

/** Makes an object of a kind; of organisations, acme itself is tried. */
async function targetOf({ plural, path, views }: Json): Promise<Target> {
  const { apiVersion, kind, spec } = kinds.find((sample) => sample.plural === plural) as Json
  const collection = path.replace('{organization}', 'acme')
  const manifest = { apiVersion, kind, metadata: { name }, spec: { ...spec, ...SPECS[plural] } }
  if (plural === 'organizations') return { plural, collection, name: 'acme', views, manifest }
  const { status, body } = await platform('POST', collection, { body: manifest })
  expect(status, `${plural}: ${JSON.stringify(body)}`).toBe(201)
  return { plural, collection, name, views, manifest }
}

/** Answers of those who may, but for whom it cannot be done just now: the object's state is against it, or the log asked for is that of no pod. */
const NOT_NOW: Readonly<Record<string, number>> = { delete: 409, suspend: 409, revoke: 409, logs: 400 }

/** What was answered, in the words of the matrix. */
function verdict(operation: string, status: number): string {
  return status < 300 || status === NOT_NOW[operation] ? 'ok' : String(status)
}

/** Tries a cell. The answer is not read to its end: a watch has none. */
async function ask({ plural, operation }: Row, role: string): Promise<string> {
  const [method, path, { body, type = 'application/json', headers } = {}] = attempt(
    targets.get(plural) as Target,
    operation,
  )
  const ending = new AbortController()
  const response = await fetch(serverUrl() + path, {
    method,
    headers: { ...(await headersOf(role)), ...(body !== undefined && { 'Content-Type': type }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal: ending.signal,
  })
  ending.abort()
  return verdict(operation, response.status)
}

describe('matrix.yaml', () => {
  it('has a row for everything that the server can do, and no other', () => {
    const possible = resources.flatMap((resource) =>
      [...resource.verbs, ...resource.actions, ...resource.views, ...furtherOperations(resource)].map(
        (operation) => `${resource.plural} ${operation}`,
      ),
    )
    expect(rows.map(({ plural, operation }) => `${plural} ${operation}`).sort()).toEqual(possible.sort())
  })

  it('says for every row what everybody gets', () => {
    const incomplete = rows.filter(({ cells }) => cells.length !== roles.length)
    expect(incomplete.map(({ plural, operation }) => `${plural} ${operation}`)).toEqual([])
    expect(
      rows.flatMap(({ cells }) => cells).filter((cell) => !(EXPECTATIONS as readonly string[]).includes(cell)),
    ).toEqual([])
  })
})

let asked = 0

describe('what the server does', () => {
  it.each(plurals)('to %s is what matrix.yaml says', { timeout: 180_000 }, async (plural) => {
    const faults: string[] = []
    for (const row of rows.filter((candidate) => candidate.plural === plural)) {
      const verdicts = await Promise.all(roles.map((role) => ask(row, role)))
      for (const [index, role] of roles.entries()) {
        asked += 1
        if (verdicts[index] === row.cells[index]) continue
        faults.push(`${row.operation} as ${role}: ${verdicts[index]} instead of ${row.cells[index]}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('was tried for every cell', () => {
    console.log(`${asked} cells: ${rows.length} operations, ${roles.length} roles`)
    expect(asked).toBe(rows.length * roles.length)
  })
})
