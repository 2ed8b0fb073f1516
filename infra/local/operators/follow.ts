/**
 * List and watch: an up-to-date view of a collection.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes}
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type KubeApi, KubeError } from './client.ts'
import type { KubeObject } from './object.ts'

/** Receives the changes. */
export interface Follower {
  /** All objects; any other is gone. */
  replace(objects: readonly KubeObject[]): void
  /** An object was created or changed. */
  changed(object: KubeObject): void
  /** An object was deleted. */
  deleted(object: KubeObject): void
}

/** Milliseconds between attempts: the first pause, and the longest. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** Seconds that a watch lasts; less than the timeout of common proxies. */
const WATCH_SECONDS = 240
const PAGE_SIZE = 500

/**
 * Follows a collection until the signal aborts or its kind is gone. Failures are retried with growing pauses.
 * @param path - Path of the collection, without query
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

/** Watches repeatedly, resuming where the last watch ended, until the server no longer has that version. */
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
    // A server that ends watches immediately must not be polled in a tight loop.
    if (version === started) await sleep(FIRST_PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

async function listAll(api: KubeApi, path: string): Promise<{ objects: KubeObject[]; resourceVersion: string }> {
  const objects: KubeObject[] = []
  let next: string | undefined
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(next !== undefined && { continue: next }) })
    const page = await api.send<ObjectList>('GET', `${path}?${query}`)
    // Items of a list have no kind and apiVersion of their own.
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
