/**
 * Everything that a function does, once: each request with its status and the code of its problem, always in the same order.
 * @module
 */

import type { ResourceDescription } from '../../shared/kind/description.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import type { RouteAddress } from '../../shared/server/call.ts'
import { samples } from '../contract/samples.ts'
import type { Kube } from './kube.ts'

// biome-ignore lint/suspicious/noExplicitAny: manifests of every kind
type Json = any

const kinds = new Map((await samples()).map((sample) => [sample.plural, sample]))

/** What to exercise. */
export interface Exercise {
  tokenOf(name: string): Promise<string>
  /** The kind; a function without one is asked for all that it can be asked in an organisation. */
  readonly resource?: ResourceDescription
  readonly routes: readonly RouteAddress[]
  /** Removes what is left over, with all rights. */
  readonly admin: Kube
}

/** Sends a request and notes what came of it. */
type Send = (
  what: string,
  method: string,
  path: string,
  sent?: { body?: Json; headers?: Json; as?: string; change?: () => Promise<void> },
) => Promise<Response>

/** Bodies of actions that want one. */
const ACTION_BODIES: Readonly<Record<string, Json>> = { scale: { replicas: 1 } }

/**
 * Asks a function for everything.
 * @param url - Of its process
 * @returns One line for each request
 */
export async function exercise(
  url: string,
  { tokenOf, resource, routes, admin }: Exercise,
): Promise<readonly string[]> {
  const lines: string[] = []
  const send: Send = async (what, method, path, { body, headers = {}, as = 'platform-admin', change } = {}) => {
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
    const told = change === undefined ? '' : text
    lines.push([what, response.status, problem.code ?? '', JSON.stringify(problem.errors ?? ''), told].join(' '))
    return response
  }
  if (resource === undefined) {
    for (const { method, path } of routes) {
      const address = path.replace(':organization', 'acme')
      // An empty manifest is refused, but only to those who may come so far.
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
  // With it there are two pages at least.
  const second = { ...manifest, metadata: { name: `${name}-2` } }
  await admin.request('POST', stored, second)

  await send('list all', 'GET', `/v1/${plural}?limit=1`)
  await send('list', 'GET', `${collection}?limit=1`)
  await send('list all as a member', 'GET', `/v1/${plural}?limit=1`, { as: 'acme-viewer' })
  await send('list as a member', 'GET', `${collection}?limit=1`, { as: 'acme-viewer' })
  for (const [path, { plural: referred }] of Object.entries(KINDS[plural]?.references ?? {})) {
    const body = { ...manifest, spec: withReference(manifest.spec, path) }
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
  for (const action of actions) {
    await send(action, 'POST', `${object}/${action}`, { body: ACTION_BODIES[action] ?? {} })
  }
  if (verbs.includes('delete')) await send('delete', 'DELETE', object)
  await admin.request('DELETE', `${stored}/${name}`)
  await admin.request('DELETE', `${stored}/${name}-2`)
  await admin.request('DELETE', `${pod}?gracePeriodSeconds=0`)
  return lines
}

/** A spec that refers, at a path such as `cells[]` or `a.bRef`, to an object that is not there. */
function withReference(spec: Json, path: string): Json {
  const [first = '', ...rest] = path.split('.')
  const key = first.replace('[]', '')
  const inner = rest.length === 0 ? { name: 'nobody' } : withReference(spec?.[key] ?? {}, rest.join('.'))
  return { ...spec, [key]: first.endsWith('[]') ? [inner] : inner }
}

/** A pod of the workload, on no node: its log cannot be had, but whether that may be asked for is decided before. */
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

/** Milliseconds that an event may take after what caused it. */
const EVENT_MS = 3000

/**
 * Follows a stream until it tells of a change.
 * @param change - Makes one, once the stream has told of all that is there
 * @returns Whether it told; for an answer that is no stream, its text
 */
async function firstEvents(response: Response, change: () => Promise<void> = async () => {}): Promise<string> {
  if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) return response.text()
  const decoder = new TextDecoder()
  let text = ''
  let isChanged = false
  const end = Date.now() + EVENT_MS
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (!isChanged && text.includes('event: SYNCED')) {
      isChanged = true
      await change()
    }
    if (text.includes('event: MODIFIED')) return 'told'
    if (Date.now() > end) break
  }
  return 'not told'
}
