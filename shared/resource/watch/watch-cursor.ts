/**
 * The position of a watch, which its client sends back to resume.
 */
import { Problem } from '../../http/problem.ts'
import type { Call } from '../../server/call.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import type { ListQuery } from '../read/list-query.ts'

/** The id of events in a stream that cannot be resumed, because this server filters it. */
export const AFRESH = 'afresh'

/** Whether a text can be the id of an event of a kind's stream. Versions have at most 19 digits, which fit into 64 bits. */
export function isWatchCursor(id: string): boolean {
  return /^(afresh|[1-9]\d{0,18}|[0-9a-f]{12}(\.[1-9]\d{0,18})*)$/.test(id)
}

/** Whether a text is a version that can be compared with others. */
function isVersion(text: string): boolean {
  return /^\d+$/.test(text)
}

/** For an id that no stream has sent. */
export function unknownEvent(): Problem {
  return new Problem('invalid_request', 'The Last-Event-ID header must be the id of an event of this stream.')
}

/** A digest of the inputs of access decisions. When it changes, the stream ends. */
export async function fingerprint(call: Call, collections: readonly Collection<Resource>[]): Promise<string> {
  const isDependent = collections.some(({ dependsOnOrganizations }) => dependsOnOrganizations)
  const organizations = isDependent ? await call.authorizer.organizations() : []
  const text = JSON.stringify([
    collections.map(({ namespace, participants }) => [namespace, participants]),
    organizations.map(({ name, role, participants }) => [name, role, participants]),
  ])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return digest.subarray(0, 6).toHex()
}

/** The resource version that the watch of each collection has reached. */
export class WatchCursor {
  readonly fingerprint: string
  /** Whether this server filters objects, so that resource versions do not tell what the client knows. */
  readonly isFiltered: boolean
  readonly #isAcross: boolean
  readonly #versions: string[]

  /**
   * @param print - The fingerprint of the collections
   * @param isAcross - Whether they are those of all organizations of the caller: then ids have the fingerprint, because another time they may
   *   be others
   */
  constructor(collections: readonly Collection<Resource>[], query: ListQuery, print: string, isAcross: boolean) {
    this.fingerprint = print
    this.isFiltered = query.text !== undefined || collections.some(({ isFiltered }) => isFiltered)
    this.#isAcross = isAcross
    this.#versions = collections.map(() => '')
  }

  /**
   * Restores the cursor from an id.
   * @returns Whether the stream can resume there
   * @throws {Problem} `invalid_request` for an id that no stream has sent
   */
  resume(id: string): boolean {
    if (!isWatchCursor(id)) throw unknownEvent()
    if (this.isFiltered) return false
    const versions = id.split('.')
    if (this.#isAcross && versions.shift() !== this.fingerprint) return false
    // Ids of other streams may be no versions, such as `afresh`.
    if (versions.length !== this.#versions.length || versions.some((version) => !isVersion(version))) return false
    for (const [index, version] of versions.entries()) this.set(index, version)
    return true
  }

  /**
   * Whether the cursor is ahead of a version of the cluster, as after the cluster was restored from a backup. The API server sends
   * nothing to such a watch until its versions have come as far.
   * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions} for the order of versions
   */
  isAheadOf(version: string): boolean {
    return isVersion(version) && this.#versions.some((own) => BigInt(own) > BigInt(version))
  }

  at(index: number): string {
    return this.#versions[index] ?? ''
  }

  set(index: number, version: string): void {
    this.#versions[index] = version
  }

  /** The id of the next event. */
  get id(): string {
    if (this.isFiltered) return AFRESH
    return this.#isAcross ? [this.fingerprint, ...this.#versions].join('.') : this.at(0)
  }
}
