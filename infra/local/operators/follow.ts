/**
 * List and watch: an up-to-date view of a collection.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes}
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type KubeApi, KubeError } from './client.ts'
import type { KubeObject } from './object.ts'

/** Who wants to know. */
export interface Follower {
  /** All objects there are; what is not among them is gone. */
  replace(objects: readonly KubeObject[]): void
  /** An object came or changed. */
  changed(object: KubeObject): void
  /** An object went. */
  deleted(object: KubeObject): void
}

/** Milliseconds between attempts: at first, and at most. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** Seconds after which a watch is to end; shorter than any proxy's patience. */
const WATCH_SECONDS = 240
const PAGE_SIZE = 500

/**
 * Follows a collection until the signal aborts or its kind is gone. Failures are retried, each time after a longer pause.
 * @param path - Of the collection, without query
 */
export async function follow(api: KubeApi, path: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS
  while (!signal.aborted) {
    try {
      const { objects, resourceVersion } = await listAll(api, path)
      follower.replace(objects)
      pause = FIRST_PAUSE_MS
      await watchFrom(api, path, resourceVersion, follower, signal)
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
    await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Watches, again and again from where the last watch ended, until the server has forgotten that place. */
async function watchFrom(
  api: KubeApi,
  path: string,
  resourceVersion: string,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  let version = resourceVersion
  while (!signal.aborted) {
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(WATCH_SECONDS),
      resourceVersion: version,
    })
    const started = version
    for await (const { type, object } of api.watch(`${path}?${query}`, signal)) {
      if (type === 'ERROR') throw new KubeError(object.code ?? 500, object.message ?? 'watch failed')
      version = object.metadata.resourceVersion
      if (type === 'DELETED') follower.deleted(object)
      else if (type !== 'BOOKMARK') follower.changed(object)
    }
    // A server that ends watches at once must not be asked in a tight loop.
    if (version === started) await sleep(FIRST_PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

async function listAll(api: KubeApi, path: string): Promise<{ objects: KubeObject[]; resourceVersion: string }> {
  const objects: KubeObject[] = []
  let next: string | undefined
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(next !== undefined && { continue: next }) })
    const page = await api.send<ObjectList>('GET', `${path}?${query}`)
    // Items of a list do not repeat what the list says for all of them.
    const kind = page.kind.replace(/List$/, '')
    objects.push(...page.items.map((item) => ({ ...item, apiVersion: page.apiVersion, kind })))
    next = page.metadata.continue || undefined
    if (next === undefined) return { objects, resourceVersion: page.metadata.resourceVersion }
  }
}

interface ObjectList {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly KubeObject[]
}
