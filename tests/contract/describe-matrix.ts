/**
 * The cells of a matrix over HTTP: each kind, each operation, each role. Every cell is tested with TEST_WHOLE and on a server
 * that CONTRACT_URL names; otherwise one in three, so that each row and each role of a kind is still tested.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ONE_IN } from '../whole.ts'
import { as, type Json, send, serverUrl } from './client.ts'
import { attempt, EXPECTATIONS, furtherOperations, headersOf, type Matrix, type Row, type Target } from './matrix.ts'
import type { Sample } from './samples.ts'

/** What to test. */
export interface MatrixOptions {
  readonly matrix: Matrix
  /** The kinds that the matrix has, with a valid object of each. */
  readonly kinds: readonly Sample[]
  /** Name of the objects to test. */
  readonly name: string
  /** Changes to the samples that allow all operations, by plural. */
  readonly specs?: Readonly<Record<string, Json>>
}

/** Declares the tests. */
export function describeMatrix({ matrix, kinds, name, specs = {} }: MatrixOptions): void {
  const { roles, rows } = matrix
  const plurals = [...new Set(rows.map(({ plural }) => plural))]
  const platform = as('platform-admin')

  const targets = new Map<string, Target>()
  let resources: Json[] = []

  /** Members that are missing from the seed. */
  const MEMBERS: readonly Json[] = [
    { email: 'acme-admin@example.com', role: 'admin' },
    { email: 'acme-expired@example.com', role: 'admin', expiresAt: '2026-01-01T00:00:00Z' },
    // The samples belong to the participant acme, but this test needs its own participant.
    { email: 'acme-limited-viewer@example.com', role: 'viewer', participants: ['acme', name] },
    { email: 'acme-limited-operator@example.com', role: 'operator', participants: ['acme', name] },
    { email: 'acme-limited-owner@example.com', role: 'owner', participants: ['acme', name] },
    { email: 'acme-elsewhere-owner@example.com', role: 'owner', participants: ['elsewhere'] },
  ]

  beforeAll(async () => {
    const { body: capabilities } = await send('GET', '/capabilities')
    resources = capabilities.resources.filter(({ plural }: Json) => kinds.some((kind) => kind.plural === plural))
    for (const { email, ...spec } of MEMBERS) {
      const member = { metadata: { name: email.split('@')[0] }, spec: { subject: { kind: 'User', email }, ...spec } }
      const collection = '/v1/organizations/acme/organizationmembers'
      const { status, body } = await platform('POST', collection, { body: member })
      if (status === 201) continue
      // It already exists if the cluster outlives one run.
      expect(status, JSON.stringify(body)).toBe(409)
      const type = 'application/merge-patch+json'
      const patched = await platform('PATCH', `${collection}/${member.metadata.name}`, { body: { spec }, type })
      expect(patched.status, JSON.stringify(patched.body)).toBe(200)
    }
    for (const resource of resources) targets.set(resource.plural, await targetOf(resource))
    // Each function caches a caller's organizations for 10 s, which decide on access to platform objects.
    for (const plural of ['cells', 'dspdataplanes']) {
      const target = targets.get(plural)
      if (target === undefined) continue
      for (const { email } of MEMBERS.filter(({ expiresAt }) => expiresAt === undefined)) {
        const member = as(email.split('@')[0])
        await vi.waitFor(async () => expect((await member('GET', `${target.collection}/${name}`)).status).toBe(200), {
          timeout: 60_000,
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

  /** Creates an object of a kind; for organizations, acme is used. */
  async function targetOf({ plural, path, views }: Json): Promise<Target> {
    const { apiVersion, kind, spec } = kinds.find((sample) => sample.plural === plural) as Json
    const collection = path.replace('{organization}', 'acme')
    const manifest = { apiVersion, kind, metadata: { name }, spec: { ...spec, ...specs[plural] } }
    if (plural === 'organizations') return { plural, collection, name: 'acme', views, manifest }
    const { status, body } = await platform('POST', collection, { body: manifest })
    expect(status, `${plural}: ${JSON.stringify(body)}`).toBe(201)
    return { plural, collection, name, views, manifest }
  }

  /** Answers to allowed callers if the operation is impossible: the object's state prevents it, or the pod does not exist. */
  const NOT_NOW: Readonly<Record<string, number>> = { delete: 409, suspend: 409, revoke: 409, logs: 400 }

  /** Converts an answer into a word of the matrix. */
  function verdict(operation: string, status: number): string {
    return status < 300 || status === NOT_NOW[operation] ? 'ok' : String(status)
  }

  /** Sends the request of a cell. */
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
    // A watch has no end. Other bodies are read, which keeps the connection.
    if (operation === 'watch') ending.abort()
    else await response.arrayBuffer()
    return verdict(operation, response.status)
  }

  describe('matrix.yaml', () => {
    // Named after the kind, so that `-t PLURAL` runs it.
    it.each(kinds.map(({ plural }) => plural))('has a row for every operation of %s, and no other', (plural) => {
      const resource = resources.find((one) => one.plural === plural)
      const possible =
        resource === undefined
          ? []
          : [...resource.verbs, ...resource.actions, ...resource.views, ...furtherOperations(resource)]
      const written = rows.filter((row) => row.plural === plural).map(({ operation }) => operation)
      expect(written.sort()).toEqual(possible.sort())
    })

    it('has no table for anything else', () => {
      expect(plurals.filter((plural) => !kinds.some((kind) => kind.plural === plural))).toEqual([])
    })

    it('has a cell for every role in every row', () => {
      const incomplete = rows.filter(({ cells }) => cells.length !== roles.length)
      expect(incomplete.map(({ plural, operation }) => `${plural} ${operation}`)).toEqual([])
      expect(
        rows.flatMap(({ cells }) => cells).filter((cell) => !(EXPECTATIONS as readonly string[]).includes(cell)),
      ).toEqual([])
    })
  })

  const SOME = ONE_IN === 1 ? 'every cell' : `one cell in ${ONE_IN}`

  let asked = 0

  /** Returns the indexes of the roles to test in a row. The next row takes the roles that follow these. */
  function rolesOf(row: Row): number[] {
    const turn = rows.indexOf(row)
    return [...roles.keys()].filter((index) => (index + turn) % ONE_IN === 0)
  }

  describe(`the server, asked for ${SOME}`, () => {
    it.each(plurals)('answers %s as matrix.yaml says', { timeout: 180_000 }, async (plural) => {
      const faults: string[] = []
      for (const row of rows.filter((candidate) => candidate.plural === plural)) {
        const cells = rolesOf(row)
        const verdicts = await Promise.all(cells.map((cell) => ask(row, roles[cell] as string)))
        asked += cells.length
        for (const [index, cell] of cells.entries()) {
          if (verdicts[index] === row.cells[cell]) continue
          faults.push(`${row.operation} as ${roles[cell]}: ${verdicts[index]} instead of ${row.cells[cell]}`)
        }
      }
      expect(faults).toEqual([])
    })

    it(`was asked for ${SOME}`, () => {
      const all = rows.length * roles.length
      console.log(`${asked} of ${all} cells: ${rows.length} operations, ${roles.length} roles`)
      // Roles that are not a multiple leave a remainder in each row.
      expect(asked).toBeGreaterThanOrEqual(rows.length * Math.floor(roles.length / ONE_IN))
      if (ONE_IN === 1) expect(asked).toBe(all)
    })
  })
}
