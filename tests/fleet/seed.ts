/**
 * Seeds a fleet. Of each kind the API server stores one object, with what its operator reports; the others are copies of what it
 * stored, written to etcd. Through the API server, which computes field sets and rules for each, they would take an hour.
 */
import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../../infra/local/operators/object.ts'
import { seedObjects } from '../../infra/local/seed.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { ApiServer } from '../cluster/harness/api-server.ts'
import { waitFor } from '../cluster/harness/processes.ts'
import { progress } from '../cluster/harness/progress.ts'
import { createEtcd, type Etcd, type Put } from './etcd.ts'
import { type Fleet, namespaceOf, organizationName, PLATFORM, type Planned } from './fleet.ts'

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Json = any

const ORGANIZATION_LABEL = 'cloud.kaphera.com/organization'
/** Milliseconds until the API server has taken note of all that was written to etcd. */
const CAUGHT_UP_MS = 300_000
/** Time of the first object. */
const BEGINNING = Date.parse('2026-01-01T00:00:00Z')
/** What replaces fields that offer an object to other organizations. */
const OFFERS: Readonly<Record<string, unknown>> = {
  allowedNamespaces: { from: 'Same' },
  allowedOrganizations: undefined,
  visibility: 'Private',
}

const NAMESPACES = '/api/v1/namespaces'

/** Creates all objects of a fleet. */
export async function seedFleet(server: ApiServer, fleet: Fleet): Promise<void> {
  const started = performance.now()
  await server.admin.json('POST', NAMESPACES, { metadata: { name: PLATFORM } })
  const namespace = await createNamespace(server)
  const before = await count(server, NAMESPACES)
  const totals = new Map([[NAMESPACES, before - 1 + fleet.sizes.organizations]])
  for (const plural of Object.keys(KINDS)) totals.set(collectionOf(plural), fleet.visible('admin', plural).length)
  const created = new Map<string, Planned>()
  const templates = await seedObjects()
  const plurals = Object.keys(KINDS).filter((plural) => fleet.visible('admin', plural).length > 0)
  for (const plural of plurals) {
    const template = templates.find(({ kind }) => kind === KINDS[plural]?.kind)
    if (template === undefined) throw new Error(`infra/local/seed has no object of ${plural}`)
    const [first] = fleet.visible('admin', plural) as [Planned]
    await create(server, template, first)
    created.set(plural, first)
  }
  await writeBehind(server, totals, async (etcd) => {
    await etcd.put(namespacePuts(namespace, fleet.sizes.organizations))
    for (const [plural, first] of created) {
      const objects = fleet.visible('admin', plural)
      await etcd.put(puts(await storedIn(etcd, first), objects))
      if (objects.length > 1000) progress(`${objects.length} ${plural} written`)
    }
  })
  const all = [...totals.values()].reduce((sum, total) => sum + total)
  const seconds = (performance.now() - started) / 1000
  progress(`${all} objects seeded in ${seconds.toFixed(1)} s, ${Math.round(all / seconds)} objects/s`)
}

/** Writes objects of a kind in addition to those of the fleet. */
export async function seedMore(server: ApiServer, plural: string, objects: readonly Planned[]): Promise<void> {
  const path = collectionOf(plural)
  const totals = new Map<string, number>()
  for (const each of Object.keys(KINDS).map((kind) => collectionOf(kind))) totals.set(each, await count(server, each))
  totals.set(path, (totals.get(path) ?? 0) + objects.length)
  const { items } = await server.admin.json<Json>('GET', `${path}?limit=1`)
  await writeBehind(server, totals, async (etcd) => {
    await etcd.put(puts(await storedIn(etcd, { plural, ...items[0].metadata }), objects))
  })
}

/**
 * Writes to etcd while the API server is down: what it reads when it starts costs it less than what it is told one by one.
 * @param totals - How many objects there are then in each collection that is used
 */
async function writeBehind(
  server: ApiServer,
  totals: ReadonlyMap<string, number>,
  write: (etcd: Etcd) => Promise<void>,
): Promise<void> {
  const etcd = createEtcd(server.etcdSocket)
  await server.crash()
  await write(etcd).finally(() => etcd.close())
  await server.restart()
  for (const [path, total] of totals) await caughtUp(server, path, total)
}

/** An object as etcd has it. */
async function storedIn(
  etcd: Etcd,
  { plural, namespace, name }: Pick<Planned, 'plural' | 'namespace' | 'name'>,
): Promise<Json> {
  return JSON.parse((await etcd.get(keyOf(plural, namespace, name))) ?? '')
}

async function createNamespace({ admin }: ApiServer): Promise<Json> {
  const metadata = { name: namespaceOf(0), labels: { [ORGANIZATION_LABEL]: organizationName(0) } }
  const stored = await admin.json<Json>('POST', NAMESPACES, { metadata })
  delete stored.metadata.resourceVersion
  return stored
}

function* namespacePuts(stored: Json, organizations: number): Generator<Put> {
  for (let index = 1; index < organizations; index += 1) {
    const name = namespaceOf(index)
    const labels = { [ORGANIZATION_LABEL]: organizationName(index), 'kubernetes.io/metadata.name': name }
    const metadata = { ...stored.metadata, name, uid: randomUUID(), labels }
    yield { key: `/registry/namespaces/${name}`, value: JSON.stringify({ ...stored, metadata }) }
  }
}

/** Creates the first object of a kind, as the API server and an operator would store it. */
async function create(
  { admin }: ApiServer,
  { apiVersion, kind, spec, status }: KubeObject,
  first: Planned,
): Promise<void> {
  const { plural, namespace, name } = first
  const isPlatform = KINDS[plural]?.scope === 'platform'
  const offers = Object.entries(OFFERS).filter(([field]) => !isPlatform && Object.hasOwn(spec as object, field))
  const metadata = { name, labels: labelsOf(first) }
  const path = collectionOf(plural, namespace)
  await admin.json('POST', `${path}?fieldValidation=Strict`, {
    apiVersion,
    kind,
    metadata,
    spec: { ...(spec as object), ...Object.fromEntries(offers), ...first.spec },
  })
  if (status === undefined && first.status === undefined) return
  await admin.json(
    'PATCH',
    `${path}/${name}/status`,
    { status: { ...brief(status), ...first.status } },
    'application/merge-patch+json',
  )
}

/** The parts of a status that lists show. */
function brief(status: Json = {}): Json {
  const { observedGeneration, phase, conditions = [] } = status
  return { observedGeneration, phase, conditions: conditions.filter(({ type }: Json) => type === 'Ready') }
}

function* puts(stored: Json, objects: readonly Planned[]): Generator<Put> {
  for (const object of objects) {
    const { plural, namespace, name, age, spec, status } = object
    const value = {
      ...stored,
      metadata: {
        ...stored.metadata,
        name,
        namespace,
        uid: randomUUID(),
        labels: labelsOf(object),
        creationTimestamp: new Date(BEGINNING + age * 1000).toISOString().replace('.000', ''),
      },
      spec: { ...stored.spec, ...spec },
      ...(stored.status !== undefined && { status: { ...stored.status, ...status } }),
    }
    yield { key: keyOf(plural, namespace, name), value: JSON.stringify(value) }
  }
}

/** The label that the server gives to objects of an organization. */
function labelsOf({ namespace }: Planned): Record<string, string> | undefined {
  return namespace === PLATFORM ? undefined : { [ORGANIZATION_LABEL]: namespace.slice('org-'.length) }
}

function keyOf(plural: string, namespace: string, name: string): string {
  return `/registry/${KINDS[plural]?.group}/${plural}/${namespace}/${name}`
}

/** Path of a collection of the API server. */
export function collectionOf(plural: string, namespace?: string): string {
  const kind = KINDS[plural]
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `/apis/${kind?.group}/${kind?.version}${within}/${plural}`
}

async function count({ admin }: ApiServer, path: string): Promise<number> {
  const { items, metadata } = await admin.json<Json>('GET', `${path}?limit=1`)
  return items.length + (metadata.remainingItemCount ?? 0)
}

/** Waits until the API server knows all objects, and its watch cache does. */
async function caughtUp(server: ApiServer, path: string, objects: number): Promise<void> {
  const { admin } = server
  await waitFor(
    async () => {
      const { items, metadata } = await admin.json<Json>('GET', `${path}?limit=1`)
      if (items.length + (metadata.remainingItemCount ?? 0) !== objects) return undefined
      // With a selector, only the watch cache answers; without one, etcd does until that is filled.
      const fresh = `resourceVersionMatch=NotOlderThan&resourceVersion=${metadata.resourceVersion}`
      const selected = `${path}?limit=1&fieldSelector=metadata.name%3Dnone&${fresh}`
      return (await admin.request('GET', selected)).ok ? true : undefined
    },
    { what: `${objects} objects at ${path}`, timeoutMs: CAUGHT_UP_MS, intervalMs: 200 },
  )
}
