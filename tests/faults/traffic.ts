/**
 * Clients that write and read connectors as long as a fault lasts.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RealParts } from '../cluster/harness/surroundings.ts'
import type { Attempt, Ledger } from './ledger.ts'
import type { Answered, Tally } from './tally.ts'

/** The objects of all stages. */
export const COLLECTION = '/v1/organizations/acme/connectors'
/** Label of what writers make. */
export const LABEL = 'example.com/faults=yes'
/** Where they are in the cluster. */
export const STORED = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
/** The field that a writer changes. */
const FIELD = 'edc.mark'
/** Milliseconds before a client that failed tries again, and between two requests. */
const [AGAIN_MS, EVERY_MS] = [50, 5]
/** Characters of two, three and four bytes, for answers that are cut in one. */
const WIDE = 'é€🙂'.repeat(20)

/** Where clients are. */
export interface Scene {
  readonly parts: RealParts
  /** In the names of objects. */
  readonly id: string
  /** Address of the server. */
  readonly url: string
  /** The token of all clients. */
  readonly token: string
  readonly ledger: Ledger
  readonly tally: Tally
}

/** A connector, as far as it matters here. */
interface Connector {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly config?: Readonly<Record<string, string>> }
}

/**
 * A manifest with a mark.
 * @param selector - The label that it gets, as `key=value`
 */
export function manifest(name: string, mark: string, text: string = WIDE, selector: string = LABEL) {
  const [label = '', value = ''] = selector.split('=')
  return {
    apiVersion: 'edc.kaphera.com/v1alpha1',
    kind: 'Connector',
    metadata: { name, labels: { [label]: value } },
    spec: {
      version: '0.11.0',
      participantRef: { name: 'acme' },
      vaultRef: { name: 'vault' },
      identityHubRef: { name: 'hub' },
      bdrs: { url: 'https://bdrs.example.com/api' },
      database: { mode: 'Managed', managed: { storageSize: '10Gi' } },
      config: { [FIELD]: mark, 'edc.text': text },
    },
  }
}

/** Creates, changes twice and, every other one, deletes objects. */
export async function write(scene: Scene, writer: string, signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    const name = `${scene.id}-${writer}-${count}`
    const verbs = ['create', 'patch', 'patch', ...(count % 2 === 0 ? ['delete' as const] : [])] as const
    for (const [step, verb] of verbs.entries()) {
      const outcome = await attempt(scene, verb, name, `${name}/${step}`)
      await sleep(outcome === 'acknowledged' ? EVERY_MS : AGAIN_MS)
      if (outcome !== 'acknowledged' || signal.aborted) break
    }
  }
}

/** Makes one attempt, and notes it. */
export async function attempt(
  scene: Scene,
  verb: Attempt['verb'],
  name: string,
  mark: string,
): Promise<Attempt['outcome']> {
  const { status } = await send(scene, verb, name, mark)
  const outcome = status >= 200 && status < 300 ? 'acknowledged' : status >= 400 && status < 500 ? 'refused' : 'unknown'
  scene.ledger.note({ verb, name, mark, outcome })
  return outcome
}

function send({ tally, url, token }: Scene, verb: Attempt['verb'], name: string, mark: string): Promise<Answered> {
  const object = `${url}${COLLECTION}/${name}`
  switch (verb) {
    case 'create':
      return tally.ask('POST', url + COLLECTION, { token, body: manifest(name, mark) })
    case 'patch':
      return tally.ask('PATCH', object, {
        token,
        body: { spec: { config: { [FIELD]: mark } } },
        type: 'application/merge-patch+json',
      })
    case 'delete':
      return tally.ask('DELETE', object, { token })
  }
}

/** Lists and gets in turn. */
export async function read(scene: Scene, signal: AbortSignal): Promise<void> {
  const paths = [`${COLLECTION}?labelSelector=${LABEL}&limit=50`, `${COLLECTION}/edc-1`, `${COLLECTION}?view=summary`]
  for (let count = 0; !signal.aborted; count += 1) {
    const { status } = await ask(scene, paths[count % paths.length] ?? '')
    await sleep(status === 200 ? EVERY_MS : AGAIN_MS)
  }
}

/** One read. */
export function ask({ tally, url, token }: Scene, path: string): Promise<Answered> {
  return tally.ask('GET', url + path, { token })
}

/** An object as the cluster has it. */
interface StoredObject {
  /** Undefined if it was deleted and waits for an operator. */
  readonly mark: string | undefined
  readonly version: string
}

/** What the cluster has, by name. */
export async function stored({ parts }: Scene): Promise<Map<string, StoredObject>> {
  const { items } = await parts.apiServer.admin.json<{ items: Connector[] }>('GET', `${STORED}?labelSelector=${LABEL}`)
  return new Map(
    items.map(({ metadata, spec }) => [
      metadata.name,
      {
        mark: metadata.deletionTimestamp === undefined ? (spec.config?.[FIELD] ?? '') : undefined,
        version: metadata.resourceVersion,
      },
    ]),
  )
}

/** Deletes the objects of a scene, with what the stand-in operators made for them. */
export async function clear({ parts, id }: Scene): Promise<void> {
  const { admin } = parts.apiServer
  for (const kind of [STORED, STORED.replace('connectors', 'dataplanes')]) {
    const names = (await namesOf(parts, kind)).filter((name) => name.startsWith(`${id}-`))
    await Promise.all(
      names.map(async (name) => {
        await admin.request('DELETE', `${kind}/${name}`)
        // Gone at once, without an operator's finalizer.
        await admin.request(
          'PATCH',
          `${kind}/${name}`,
          { metadata: { finalizers: null } },
          'application/merge-patch+json',
        )
      }),
    )
  }
}

/** Names of objects, whose contents may be large. */
async function namesOf({ apiServer: { url, token } }: RealParts, kind: string): Promise<string[]> {
  const Accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
  const response = await fetch(url + kind, { headers: { Accept, Authorization: `Bearer ${token}` } })
  const { items } = (await response.json()) as { items: Pick<Connector, 'metadata'>[] }
  return items.map(({ metadata }) => metadata.name)
}
