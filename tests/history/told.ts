/**
 * What an event stream has told its client, compared with what has happened.
 */
import type { ReceivedEvent } from '../../shared/http/read-events.ts'
import type { Connector } from './client.ts'

/** What the names of the watched objects begin with. */
export const PREFIX = 'history-'

/** A change of an object, as the API server tells it. */
export interface Change {
  readonly type: string
  readonly object: Connector
}

/** The events from one complete state on. */
interface Segment {
  /** Versions of the objects by name. */
  readonly state: Map<string, string>
  /** The version of the state; absent until it is complete. */
  from?: bigint
  /** What followed. */
  readonly events: string[]
}

/** The events of a client, over all its connections. */
export class Told {
  readonly #segments: Segment[] = []
  /** The id to resume with; absent if the stream has to start over. */
  last: string | undefined

  /** A new state follows. */
  startOver(): void {
    this.#segments.push({ state: new Map(), events: [] })
  }

  /** Takes the next event. */
  take({ event: type, data, id }: ReceivedEvent): void {
    // An empty id means that the client cannot resume.
    if (id !== undefined) this.last = id || undefined
    if (type === 'RESET') this.startOver()
    if (type === 'ERROR') this.last = undefined
    const segment = this.#segments.at(-1) as Segment
    if (type === 'SYNCED') segment.from = BigInt(id ?? '')
    if (!['ADDED', 'MODIFIED', 'DELETED'].includes(type)) return
    const { metadata } = JSON.parse(data) as Connector
    if (!metadata.name.startsWith(PREFIX)) return
    if (segment.from === undefined) segment.state.set(metadata.name, metadata.resourceVersion)
    else segment.events.push(lineOf(type, metadata))
  }

  /** Whether the client knows of a version. */
  hasSeen(version: string): boolean {
    const segment = this.#segments.at(-1)
    if (segment?.from === undefined) return false
    return segment.from >= BigInt(version) || segment.events.some((line) => line.endsWith(` ${version}`))
  }

  get #whole(): readonly Segment[] {
    return this.#segments.filter(({ from }) => from !== undefined)
  }

  /** Times that the client had to begin with a new state. */
  get restarts(): number {
    return this.#whole.length - 1
  }

  /**
   * How it differs from what has happened: a wrong state, and the first event that is wrong, missing or too many.
   * @param changes - All changes of the objects
   */
  differences(changes: readonly Change[]): string[] {
    const whole = this.#whole
    if (whole.length === 0) return ['a stream never had the whole state']
    return whole.flatMap((segment, index) => differences(segment, changes, index === whole.length - 1))
  }
}

function lineOf(type: string, { name, resourceVersion }: Connector['metadata']): string {
  return `${type} ${name} ${resourceVersion}`
}

/** @param isLast - Whether it must have all changes until the end */
function differences({ state, from = 0n, events }: Segment, changes: readonly Change[], isLast: boolean): string[] {
  const right = new Map<string, string>()
  const following: string[] = []
  for (const { type, object } of changes) {
    const { name, resourceVersion } = object.metadata
    if (BigInt(resourceVersion) > from) following.push(lineOf(type, object.metadata))
    else if (type === 'DELETED') right.delete(name)
    else right.set(name, resourceVersion)
  }
  const found = [...new Set([...right.keys(), ...state.keys()])]
    .filter((name) => right.get(name) !== state.get(name))
    .map((name) => `${name} at ${from} is ${state.get(name) ?? 'absent'}, it must be ${right.get(name) ?? 'absent'}`)
  const until = isLast ? Math.max(following.length, events.length) : events.length
  const wrong = Array.from({ length: until }).findIndex((_, index) => events[index] !== following[index])
  if (wrong >= 0) {
    const [is, must] = [events[wrong] ?? 'missing', following[wrong] ?? 'none']
    found.push(`event ${wrong} after ${from} is ${is}, it must be ${must}`)
  }
  return found
}
