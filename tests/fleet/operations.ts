/**
 * What is asked, what must be answered, and how many requests to the API server that may take. **The table of upstream requests** is
 * the property `allowed` of each operation: most requests for one request of a client. It does not depend on the size of the fleet, but
 * answers with more than 500 objects may take one more for each further 500.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { PROJECT } from '../../infra/bundle/project.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { Answer, Client } from './client.ts'
import {
  type Caller,
  CROWDED,
  type Fleet,
  ONLY,
  organizationName,
  type Planned,
  RARE_VAULT,
  REFERRER,
  type Sizes,
} from './fleet.ts'
import { ordered, type SortKey } from './order.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any

/** Who asks whom. */
export interface Asking {
  readonly client: Client
  readonly fleet: Fleet
  readonly caller: Caller
}

/** Something that is asked. */
export interface Operation {
  readonly name: string
  /** Maximum number of requests to the API server for one request. */
  readonly allowed: number
  /** Whether a platform admin's request reads all organizations: one more for each 500 of them, and of their namespaces. */
  readonly isAcross?: boolean
  /** Kinds of which a request across organizations reads every object: one more for each 500 that the caller sees. */
  readonly scans?: readonly string[]
  /** Who asks (default: everybody). */
  readonly callers?: readonly Caller[]
  /** Asks. @throws {Error} if an answer is wrong or incomplete */
  run(asking: Asking): Promise<void>
}

/** Kinds whose costs are shown, and the others, of which each equipped organization has one object. */
const SHOWN = ['connectors', 'organizations', 'organizationmembers', 'dataplanes']
const OTHERS = Object.keys(KINDS).filter((plural) => !SHOWN.includes(plural))

/** A column of kinds with different values, as a sort key. */
const COLUMNS: Readonly<Record<string, SortKey>> = {
  connectors: {
    query: 'Participant,-Phase',
    of: ({ spec, status }) => [nameIn(spec.participantRef), status?.phase],
    descending: [false, true],
  },
  organizations: { query: '-Display Name', of: ({ spec }) => [spec.displayName], descending: [true] },
  organizationmembers: { query: 'Role', of: ({ spec }) => [spec.role], descending: [false] },
}
const AGE: SortKey = { query: '-metadata.creationTimestamp', of: ({ age }) => [age], descending: [true] }

const nameIn = (reference: unknown): string | undefined => (reference as { name: string } | undefined)?.name
const MANIFEST = load(readFileSync(join(PROJECT, 'infra', 'local', 'connector.yaml'), 'utf8')) as Json

/** All operations in the order in which they run. */
export function operations(): Operation[] {
  return [
    ...about(),
    ...SHOWN.flatMap((plural) => collectionOperations(plural, [plural])),
    ...collectionOperations('each other kind', OTHERS),
    ...objects(),
  ]
}

/** Those about vaults, where the API server cannot select referrers: the connectors of the organization are read through. */
export function vaultOperations({ crowd }: Sizes): Operation[] {
  const selected = objects().filter(({ name }) => name.includes('vault with one referrer'))
  return selected.map((operation) => ({ ...operation, allowed: operation.allowed + Math.ceil(crowd / 500) }))
}

/** The organization that a caller asks about. */
function homeOf({ caller, fleet }: Asking): number {
  return caller === 'twenty' ? (fleet.organizationsOf('twenty')[0] as number) : CROWDED
}

function within(asking: Asking): string {
  return `/v1/organizations/${organizationName(homeOf(asking))}`
}

/** What callers are told about themselves. */
function about(): Operation[] {
  return [
    {
      name: 'me',
      allowed: 30,
      isAcross: true,
      async run({ client, fleet, caller }) {
        const { body } = await succeed(client.send(caller, 'GET', '/v1/me'))
        const names = fleet.organizationsOf(caller).map(organizationName)
        deepStrictEqual(
          body.organizations.map(({ name }: Json) => name),
          names,
        )
        const role = { admin: 'platform-admin', twenty: 'admin', one: 'owner' }[caller]
        ok(
          body.organizations.every((found: Json) => found.role === role),
          `every role is ${role}`,
        )
      },
    },
    {
      name: 'permissions',
      allowed: 8,
      async run(asking) {
        const { body } = await succeed(asking.client.send(asking.caller, 'GET', `${within(asking)}/permissions`))
        ok(body.permissions.connectors.includes('delete'))
      },
    },
    {
      name: 'capabilities',
      allowed: 35,
      isAcross: true,
      async run({ client, caller }) {
        ok((await succeed(client.send(caller, 'GET', '/capabilities'))).body.permissions !== undefined)
      },
    },
    {
      name: 'permissions of a foreign organization',
      allowed: 8,
      callers: ['twenty', 'one'],
      async run({ client, caller }) {
        const foreign = organizationName(caller === 'one' ? 5 : CROWDED)
        equal((await client.send(caller, 'GET', `/v1/organizations/${foreign}/permissions`)).status, 404)
      },
    },
  ]
}

/** Lists and watches of kinds, across organizations and in one. */
function collectionOperations(name: string, plurals: readonly string[]): Operation[] {
  const each = (work: (asking: Asking, plural: string, path: string, expected: Planned[]) => Promise<void>) => ({
    across: async (asking: Asking): Promise<void> => {
      for (const plural of plurals)
        await naming(plural, work(asking, plural, `/v1/${plural}`, asking.fleet.visible(asking.caller, plural)))
    },
    inside: async (asking: Asking): Promise<void> => {
      for (const plural of plurals.filter((plural) => KINDS[plural]?.scope === 'organization')) {
        const expected = asking.fleet.objectsIn(homeOf(asking), plural)
        await naming(plural, work(asking, plural, `${within(asking)}/${plural}`, expected))
      }
    },
  })
  const both = (
    what: string,
    allowed: number,
    work: ReturnType<typeof each>,
    scans: readonly string[] = plurals,
  ): Operation[] => [
    { name: `${name}: ${what}`, allowed, isAcross: true, scans, run: work.across },
    ...(name === 'organizations' ? [] : [{ name: `${name} of an organization: ${what}`, allowed, run: work.inside }]),
  ]
  const column = COLUMNS[name]
  const isVast = name === 'organizationmembers'
  return [
    ...both('first page', 45, each(firstPage), []),
    ...without(isVast, both('all pages, summaries', 45, each(allPages), [])),
    ...both(
      'sorted by age',
      45 + SORTED,
      each((asking, plural, path, expected) => sorted(asking, path, expected, AGE, plural)),
    ),
    ...(column === undefined
      ? []
      : both(
          'sorted by column',
          45 + SORTED,
          each((asking, plural, path, expected) => sorted(asking, path, expected, column, plural)),
        )),
    ...both('search', 45 + FOUND, each(search)),
    ...both('overview', 45, each(counted)),
    ...without(isVast, both('stream to SYNCED', 65, each(stream))),
  ]
}

/** All members of all organizations are too many for a platform admin to read them in a test. */
function without(isVast: boolean, operations: readonly Operation[]): Operation[] {
  return operations.map((operation) =>
    isVast && operation.isAcross ? { ...operation, callers: ['twenty', 'one'] } : operation,
  )
}

async function firstPage({ client, caller }: Asking, _: string, path: string, expected: Planned[]): Promise<void> {
  const { body } = await succeed(client.send(caller, 'GET', `${path}?limit=100`))
  const known = new Set(expected.map(keyOf))
  const unknown = body.items.filter((item: Json) => !known.has(keyOfItem(item)))
  deepStrictEqual(unknown.map(keyOfItem), [])
  const { continue: token, remainingItemCount } = body.metadata
  if (token === undefined) equal(body.items.length, expected.length)
  if (remainingItemCount !== undefined) equal(body.items.length + remainingItemCount, expected.length)
}

async function allPages({ client, caller }: Asking, _: string, path: string, expected: Planned[]): Promise<void> {
  const found: string[] = []
  let token = ''
  do {
    const query = new URLSearchParams({ limit: '500', view: 'summary', ...(token !== '' && { continue: token }) })
    const { body } = await succeed(client.send(caller, 'GET', `${path}?${query}`))
    found.push(...body.items.map(keyOfItem))
    token = body.metadata.continue ?? ''
  } while (token !== '')
  sameSet(found, expected)
}

/** Objects in a page of a sorted list. Each is read by itself. */
const SORTED = 100

/** Two pages in an order. More than the crowd may be refused. */
async function sorted(
  { client, fleet, caller }: Asking,
  path: string,
  expected: Planned[],
  key: SortKey,
  plural: string,
): Promise<void> {
  const right = ordered(expected, key).map(keyOf)
  const query = new URLSearchParams({ sort: key.query, limit: `${SORTED}` })
  const first = await client.send(caller, 'GET', `${path}?${query}`)
  if (first.status === 422 && expected.length > fleet.sizes.crowd) {
    equal(first.body.code, 'scan_limit_exceeded', plural)
    return
  }
  ok(first.status === 200, JSON.stringify(first.body))
  deepStrictEqual(first.body.items.map(keyOfItem), right.slice(0, SORTED))
  const { continue: token } = first.body.metadata
  if (token === undefined) return equal(right.length, first.body.items.length)
  query.set('continue', token)
  const { body } = await succeed(client.send(caller, 'GET', `${path}?${query}`))
  deepStrictEqual(body.items.map(keyOfItem), right.slice(SORTED, 2 * SORTED))
}

/** Maximum number of objects in a page of a search. Each is read by itself. */
const FOUND = 200

/** Objects by a part of their names, or of the name of an organization's parent, which is a column. More than the crowd may be refused. */
async function search(
  { client, fleet, caller }: Asking,
  plural: string,
  path: string,
  expected: Planned[],
): Promise<void> {
  const text =
    { connectors: 'connector-00000', organizations: 'tenant-0001', organizationmembers: 'member-0001' }[plural] ?? ONLY
  const right = expected.filter(({ name, spec }) => `${name} ${nameIn(spec.parentRef)}`.includes(text))
  const answer = await client.send(caller, 'GET', `${path}?${new URLSearchParams({ q: text, limit: `${FOUND}` })}`)
  if (answer.status === 422 && expected.length > fleet.sizes.crowd)
    return equal(answer.body.code, 'scan_limit_exceeded')
  ok(answer.status === 200, JSON.stringify(answer.body))
  const { items, metadata } = answer.body
  if (metadata.continue === undefined) return sameSet(items.map(keyOfItem), right)
  equal(items.length + metadata.remainingItemCount, right.length)
}

/** Numbers of objects. More than the crowd may be refused. */
async function counted(
  { client, fleet, caller }: Asking,
  plural: string,
  path: string,
  expected: Planned[],
): Promise<void> {
  const answer = await client.send(caller, 'GET', `${path}?view=overview`)
  if (answer.status === 422 && expected.length > fleet.sizes.crowd) {
    return equal(answer.body.code, 'scan_limit_exceeded', plural)
  }
  ok(answer.status === 200, JSON.stringify(answer.body))
  const { counts, items } = answer.body
  equal(counts.total, expected.length)
  equal(
    Object.values<number>(counts.phases).reduce((sum, count) => sum + count, 0),
    expected.length,
  )
  equal(items.length, Math.min(10, counts.total - counts.ready))
}

async function stream({ client, caller }: Asking, _: string, path: string, expected: Planned[]): Promise<void> {
  const { objects } = await client.state(caller, `${path}?view=summary`)
  sameSet(objects.map(keyOfItem), expected)
}

/** Operations on objects of the crowded organization, or of the first one of the caller. */
function objects(): Operation[] {
  const inCrowd: Pick<Operation, 'callers'> = { callers: ['admin', 'one'] }
  return [
    {
      name: 'get a connector',
      allowed: 8,
      async run(asking) {
        const { body } = await succeed(
          asking.client.send(asking.caller, 'GET', `${within(asking)}/connectors/connector-000000`),
        )
        equal(body.spec.vaultRef.name, ONLY)
      },
    },
    {
      name: 'references of a vault with one referrer',
      allowed: 45,
      isAcross: true,
      ...inCrowd,
      async run(asking) {
        const { body } = await succeed(
          asking.client.send(asking.caller, 'GET', `${within(asking)}/vaults/${RARE_VAULT}/references`),
        )
        deepStrictEqual(
          body.referredToBy.map(({ plural, name }: Json) => [plural, name]),
          [['connectors', REFERRER]],
        )
      },
    },
    {
      name: 'consumers of a vault with one referrer',
      allowed: 45,
      isAcross: true,
      ...inCrowd,
      async run(asking) {
        const { body } = await succeed(
          asking.client.send(asking.caller, 'GET', `${within(asking)}/vaults/${RARE_VAULT}/consumers`),
        )
        deepStrictEqual(
          body.items.map(({ name }: Json) => name),
          [REFERRER],
        )
      },
    },
    {
      name: 'references of a vault with thousands of referrers',
      allowed: 45,
      isAcross: true,
      ...inCrowd,
      async run(asking) {
        const { body } = await succeed(
          asking.client.send(asking.caller, 'GET', `${within(asking)}/vaults/${ONLY}/references`),
        )
        equal(body.referredToBy.length + body.hidden, asking.fleet.sizes.crowd - 1)
        equal(new Set(body.referredToBy.map(({ name }: Json) => name)).size, body.referredToBy.length)
      },
    },
    {
      name: 'references of an organization with children',
      allowed: 45,
      isAcross: true,
      callers: ['admin', 'twenty'],
      async run({ client, fleet, caller }) {
        const parent = organizationName(fleet.organizationsOf('twenty')[0] as number)
        const { body } = await succeed(client.send(caller, 'GET', `/v1/organizations/${parent}/references`))
        equal(body.referredToBy.filter(({ plural }: Json) => plural === 'organizations').length, 5)
      },
    },
    {
      name: 'members of an organization',
      allowed: 8,
      async run(asking) {
        const { body } = await succeed(asking.client.send(asking.caller, 'GET', `${within(asking)}/members?limit=500`))
        equal(body.items.length, Math.min(500, asking.fleet.sizes.members))
      },
    },
    {
      name: 'delete a vault with one referrer',
      allowed: 45,
      isAcross: true,
      ...inCrowd,
      async run(asking) {
        const { status, body } = await asking.client.send(
          asking.caller,
          'DELETE',
          `${within(asking)}/vaults/${RARE_VAULT}`,
        )
        equal(status, 409, JSON.stringify(body))
        equal(body.code, 'in_use')
        deepStrictEqual(
          body.references.map(({ name }: Json) => name),
          [REFERRER],
        )
      },
    },
    {
      name: 'delete a vault with thousands of referrers',
      allowed: 45,
      isAcross: true,
      ...inCrowd,
      async run(asking) {
        const { status, body } = await asking.client.send(asking.caller, 'DELETE', `${within(asking)}/vaults/${ONLY}`)
        equal(status, 409, JSON.stringify(body))
        equal(body.code, 'in_use')
        equal(body.references.length, Math.min(100, asking.fleet.sizes.crowd - 1))
      },
    },
    {
      name: 'delete the last owner',
      allowed: 25,
      callers: ['admin'],
      async run({ client, caller }) {
        const { status, body } = await client.send(
          caller,
          'DELETE',
          `/v1/organizations/${organizationName(5)}/organizationmembers/member-0000`,
        )
        deepStrictEqual([status, body.code], [409, 'last_owner'])
      },
    },
    {
      name: 'create and delete a connector',
      allowed: 25,
      async run(asking) {
        const { client, caller } = asking
        const name = `new-${caller}`
        const created = await client.send(caller, 'POST', `${within(asking)}/connectors`, { body: manifest(name) })
        equal(created.status, 201, JSON.stringify(created.body))
        equal((await client.send(caller, 'DELETE', `${within(asking)}/connectors/${name}`)).status, 204)
      },
    },
    {
      name: 'apply 20 connectors at once',
      allowed: 150,
      async run(asking) {
        const body = Array.from({ length: 20 }, (_, index) => manifest(`applied-${index}`))
        const answer = await succeed(
          asking.client.send(asking.caller, 'POST', `${within(asking)}/apply?dryRun=All`, { body }),
        )
        equal(answer.body.summary.created, 20)
      },
    },
  ]
}

/** Names the kind in errors. */
async function naming(plural: string, work: Promise<void>): Promise<void> {
  await work.catch((error: Error) => {
    throw new Error(`${plural}: ${error.message}`)
  })
}

/** A connector with references to objects that exist. */
export function manifest(name: string): object {
  const only = { name: ONLY }
  return {
    ...MANIFEST,
    metadata: { name },
    spec: { ...MANIFEST.spec, participantRef: only, vaultRef: only, identityHubRef: only },
  }
}

async function succeed(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  ok(answer.status === 200, JSON.stringify(answer.body))
  return answer
}

function keyOf({ namespace, name }: Pick<Planned, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`
}

function keyOfItem({ metadata }: { readonly metadata: { readonly namespace: string; readonly name: string } }): string {
  return keyOf(metadata)
}

/** Fails with the first differences, because the whole lists are long. */
function sameSet(found: readonly string[], expected: readonly Planned[]): void {
  const wanted = new Set(expected.map(keyOf))
  const had = new Set(found)
  const missing = [...wanted].filter((key) => !had.has(key))
  const surplus = [...had].filter((key) => !wanted.has(key))
  const twice = found.length - had.size
  const text = `missing ${missing.length} (${missing.slice(0, 3)}), surplus ${surplus.length} (${surplus.slice(0, 3)}), twice ${twice}`
  ok(missing.length + surplus.length + twice === 0, text)
}
