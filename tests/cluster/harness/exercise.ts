/**
 * Every operation of a function, once: each request with its status, problem code and warnings, always in the same order.
 */

import { readEvents } from '../../../shared/http/read-events.ts'
import type { KindDescription } from '../../../shared/kind/description.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'
import type { RouteAddress } from '../../../shared/server/call.ts'
import { samples } from '../../contract/samples.ts'
import type { Kube } from './kube.ts'

// biome-ignore lint/suspicious/noExplicitAny: manifests of every kind
type Json = any

const kinds = new Map((await samples()).map((sample) => [sample.plural, sample]))

/** The function to exercise. */
export interface Exercise {
  tokenOf(name: string): Promise<string>
  /** The kind; a function without one gets all its requests in an organization. */
  readonly resource?: KindDescription
  readonly routes: readonly RouteAddress[]
  /** Removes leftover objects with all rights. */
  readonly admin: Kube
}

/** Sends a request and records the result. */
type Send = (
  what: string,
  method: string,
  path: string,
  sent?: { body?: Json; headers?: Json; as?: string; change?: () => Promise<void>; tell?: (answer: Json) => string },
) => Promise<Response>

/** Bodies of actions that require one. */
const ACTION_BODIES: Readonly<Record<string, Json>> = { scale: { replicas: 1 } }

/**
 * Sends all requests to a function.
 * @param url - Of its process
 * @returns One line for each request
 */
export async function exercise(
  url: string,
  { tokenOf, resource, routes, admin }: Exercise,
): Promise<readonly string[]> {
  const lines: string[] = []
  const send: Send = async (what, method, path, { body, headers = {}, as = 'platform-admin', change, tell } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        Authorization: `Bearer ${await tokenOf(as)}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = headers.Accept === 'text/event-stream' ? await firstEvents(response, change) : await response.text()
    const problem = response.headers.get('Content-Type')?.startsWith('application/problem+json') ? JSON.parse(text) : {}
    const told = tell !== undefined && response.ok ? tell(JSON.parse(text)) : change === undefined ? '' : text
    const warning = response.headers.get('Warning') ?? ''
    lines.push(
      [what, response.status, problem.code ?? '', JSON.stringify(problem.errors ?? ''), warning, told].join(' '),
    )
    return response
  }
  if (resource === undefined) {
    for (const { method, path } of routes) {
      const address = path.replace(':organization', 'acme')
      // An empty manifest is refused only after authorization.
      if (!address.includes(':')) await send(path, method, address, method === 'GET' ? {} : { body: {} })
    }
    return lines
  }

  const { plural, group, version, scope, verbs, actions, views } = resource
  const sample = kinds.get(plural)
  if (sample === undefined) throw new Error(`there is no sample of ${plural}`)
  const name = `exercise-${plural}`.slice(0, 40)
  const collection = scope === 'platform' ? `/v1/${plural}` : `/v1/organizations/acme/${plural}`
  const object = `${collection}/${name}`
  const manifest = {
    apiVersion: `${group}/${version}`,
    kind: resource.kind,
    metadata: { name },
    spec: { ...sample.spec, ...(plural === 'organizations' && { deletionProtection: false }) },
  }
  const namespace = scope === 'platform' ? 'kaphera-system' : 'org-acme'
  const stored = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`
  await admin.request('DELETE', `${stored}/${name}`)
  const pod = await makePod(admin, namespace, name)
  // With it there are at least two pages.
  const second = { ...manifest, metadata: { name: `${name}-2` } }
  await admin.request('POST', stored, second)

  await send('list all', 'GET', `/v1/${plural}?limit=1`)
  await send('list', 'GET', `${collection}?limit=1`)
  await send('list all as a member', 'GET', `/v1/${plural}?limit=1`, { as: 'acme-viewer' })
  await send('list as a member', 'GET', `${collection}?limit=1`, { as: 'acme-viewer' })
  for (const [path, { plural: referred }] of Object.entries(KINDS[plural]?.references ?? {})) {
    const body = { ...manifest, spec: withReference(manifest.spec, path, { name: 'nobody' }) }
    if (verbs.includes('create')) await send(`refer to ${referred}`, 'POST', `${collection}?dryRun=All`, { body })
  }
  if (verbs.includes('create')) await send('create', 'POST', collection, { body: manifest })
  else await admin.json('POST', stored, manifest)
  await send('page', 'GET', `${collection}?limit=1`)
  const read = await send('get', 'GET', object)
  await send('get as a member', 'GET', object, { as: 'acme-viewer' })
  if (verbs.includes('replace')) {
    await send('replace', 'PUT', object, { body: manifest, headers: { 'If-Match': read.headers.get('ETag') ?? '*' } })
  }
  const note = (text: string): Json => ({ metadata: { annotations: { 'example.com/note': text } } })
  if (verbs.includes('patch')) {
    const type = (subtype: string): Json => ({ 'Content-Type': `application/${subtype}` })
    await send('patch', 'PATCH', object, { body: note('patched'), headers: type('merge-patch+json') })
    await send('apply', 'PATCH', object, {
      body: { ...manifest, ...note('applied') },
      headers: type('apply-patch+yaml'),
    })
  }
  if (verbs.includes('watch')) {
    const change = async (): Promise<void> => {
      await admin.request('PATCH', `${stored}/${name}`, note('changed'), 'application/merge-patch+json')
    }
    await send('watch', 'GET', collection, { headers: { Accept: 'text/event-stream' }, change })
  }
  for (const view of views) await send(view, 'GET', `${object}/${view}`)
  const dependent = plural === 'organizations' ? `${collection}/acme` : `${collection}/${DEPENDENT}`
  await send('diagnosis of a dependent', 'GET', `${dependent}/diagnosis`, {
    tell: ({ objects, hidden, complete }) =>
      `${objects.map((one: Json) => `${one.plural} ${one.state}`).join()}, ${hidden} hidden, complete: ${complete}`,
  })
  for (const action of actions) {
    await send(action, 'POST', `${object}/${action}`, { body: ACTION_BODIES[action] ?? {} })
  }
  if (verbs.includes('delete')) await send('delete', 'DELETE', object)
  await admin.request('DELETE', `${stored}/${name}`)
  await admin.request('DELETE', `${stored}/${name}-2`)
  await admin.request('DELETE', `${pod}?gracePeriodSeconds=0`)
  return lines
}

/** Returns a spec with a reference at a path such as `cells[]` or `a.bRef`. */
function withReference(spec: Json, path: string, reference: Json): Json {
  const [first = '', ...rest] = path.split('.')
  const key = first.replace('[]', '')
  const inner = rest.length === 0 ? reference : withReference(spec?.[key] ?? {}, rest.join('.'), reference)
  return { ...spec, [key]: first.endsWith('[]') ? [inner] : inner }
}

/** Name of the objects that refer to each other as far as their kinds allow. */
const DEPENDENT = 'exercise-dependent'

/**
 * Makes an object of every kind that refers to one of every kind that it can refer to.
 * @param admin - Has all rights
 */
export async function makeDependents(admin: Kube): Promise<void> {
  const homeOf = (plural: string): string => (kinds.get(plural)?.scope === 'platform' ? 'kaphera-system' : 'org-acme')
  for (const { plural, apiVersion, kind, spec: sample } of kinds.values()) {
    if (plural === 'organizations') continue
    const path = `/apis/${apiVersion}/namespaces/${homeOf(plural)}/${plural}`
    const objectWith = (spec: Json): Json => ({ apiVersion, kind, metadata: { name: DEPENDENT }, spec })
    let spec = sample
    for (const [field, { plural: target, namespaced }] of Object.entries(KINDS[plural]?.references ?? {})) {
      const name = target === 'organizations' ? 'acme' : DEPENDENT
      const changed = withReference(spec, field, { name, ...(namespaced && { namespace: homeOf(target) }) })
      // Some references exclude each other.
      if ((await admin.request('POST', `${path}?dryRun=All`, objectWith(changed))).ok) spec = changed
    }
    await admin.json('POST', path, objectWith(spec))
  }
  const acme = '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/acme'
  const defaultCellRef = { name: DEPENDENT, namespace: 'kaphera-system' }
  await admin.json('PATCH', acme, { spec: { defaultCellRef } }, 'application/merge-patch+json')
}

/** A pod of the workload without a node: its log is unavailable, but authorization comes first. */
async function makePod(admin: Kube, namespace: string, name: string): Promise<string> {
  const pods = `/api/v1/namespaces/${namespace}/pods`
  await admin.request('DELETE', `${pods}/${name}?gracePeriodSeconds=0`)
  await admin.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
  await admin.json('POST', pods, {
    metadata: { name, labels: { 'app.kubernetes.io/instance': name } },
    spec: { containers: [{ name: 'main', image: 'none:1' }] },
  })
  return `${pods}/${name}`
}

/** Maximum delay of an event in milliseconds. */
const EVENT_MS = 3000

/**
 * Follows a stream until it sends a change.
 * @param change - Makes a change after the initial state
 * @returns Whether it was sent; for an answer that is not a stream, its text
 */
async function firstEvents(response: Response, change: () => Promise<void> = async () => {}): Promise<string> {
  if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) return response.text()
  const events = readEvents(response.body as ReadableStream<Uint8Array>, AbortSignal.timeout(EVENT_MS))
  for await (const { event } of events) {
    if (event === 'SYNCED') await change()
    if (event === 'MODIFIED') return 'told'
  }
  return 'not told'
}
