/**
 * How far a watch has come, as its client sends it back to resume.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { Call } from '../../server/call.ts'
import type { Place } from '../place.ts'
import type { ListQuery } from '../read/list-query.ts'

/** The id of events in a stream that cannot be resumed, because what the caller sees is decided here. */
const AFRESH = 'afresh'

/** What decides about access beyond the places themselves; a change of it ends the stream. */
export async function fingerprint(call: Call, places: readonly Place[]): Promise<string> {
  const organizations = places.some(({ shows }) => shows !== undefined) ? await call.authoriser.organizations() : []
  const text = JSON.stringify([
    places.map(({ namespace, organization }) => [namespace, organization?.participants]),
    organizations.map(({ name, role, participants }) => [name, role, participants]),
  ])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return digest.subarray(0, 6).toHex()
}

/** How far the watch of each place has come. */
export class Positions {
  readonly fingerprint: string
  /** Whether what is shown is decided here, so that the API server's versions alone do not say what the client knows. */
  readonly isFiltered: boolean
  readonly #isMerged: boolean
  readonly #versions: string[]

  constructor(places: readonly Place[], query: ListQuery, print: string) {
    this.fingerprint = print
    this.isFiltered =
      query.text !== undefined ||
      places.some(({ organization, shows }) => shows !== undefined || organization?.participants !== undefined)
    this.#isMerged = places.length !== 1
    this.#versions = places.map(() => '')
  }

  /**
   * Takes the positions from an id.
   * @returns Whether the stream can go on from there
   * @throws {Problem} `invalid_request` for an id that no stream has given
   */
  resume(id: string): boolean {
    if (!/^(afresh|[1-9]\d{0,19}|[0-9a-f]{12}(\.[1-9]\d{0,19})*)$/.test(id)) {
      throw new Problem('invalid_request', 'The Last-Event-ID header must be the id of an event of this stream.')
    }
    if (this.isFiltered || id === AFRESH) return false
    const versions = id.split('.')
    if (this.#isMerged && versions.shift() !== this.fingerprint) return false
    if (versions.length !== this.#versions.length) return false
    for (const [index, version] of versions.entries()) this.set(index, version)
    return true
  }

  at(index: number): string {
    return this.#versions[index] ?? ''
  }

  set(index: number, version: string): void {
    this.#versions[index] = version
  }

  /** The id of an event that is sent now. */
  get id(): string {
    if (this.isFiltered) return AFRESH
    return this.#isMerged ? [this.fingerprint, ...this.#versions].join('.') : this.at(0)
  }
}
