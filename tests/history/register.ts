/**
 * What an object does when requests reach it one after the other: a register with compare-and-set that may be absent. Its state is the
 * text of its entries. Each write sets one entry to a value that no other write has, so each state occurs once.
 */
import type { Operation } from './linearizable.ts'

/** The state of an object that does not exist. */
export const ABSENT = 'absent'
/** The answer to a request whose condition does not hold. */
export const REFUSED = 'refused'
/** The answer to a deletion. */
export const DELETED = 'deleted'

/** Entries by the client that writes them. */
export type Entries = Readonly<Record<string, string>>

/** What a client asks for. `expected` is the state that belongs to the entity tag in `If-Match`; any state if it is absent. */
export type Asked =
  | { readonly type: 'read' }
  | { readonly type: 'create'; readonly entries: Entries }
  | { readonly type: 'replace'; readonly expected: string; readonly entries: Entries }
  | { readonly type: 'patch'; readonly entries: Entries }
  | { readonly type: 'delete'; readonly expected?: string }

/** The state of an object with these entries. */
export function stateOf(entries: Entries): string {
  return JSON.stringify(Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** What a request is answered in a state, and the state after it. */
export function step(asked: Asked, state: string): { readonly answer: string; readonly next: string } {
  const unchanged = (answer: string) => ({ answer, next: state })
  const changed = (next: string) => ({ answer: next, next })
  switch (asked.type) {
    case 'read':
      return unchanged(state)
    case 'create':
      return state === ABSENT ? changed(stateOf(asked.entries)) : unchanged(REFUSED)
    case 'replace':
      if (state === ABSENT) return unchanged(ABSENT)
      return state === asked.expected ? changed(stateOf(asked.entries)) : unchanged(REFUSED)
    case 'patch':
      return state === ABSENT ? unchanged(ABSENT) : changed(stateOf({ ...JSON.parse(state), ...asked.entries }))
    case 'delete':
      if (state === ABSENT) return unchanged(ABSENT)
      return (asked.expected ?? state) === state ? { answer: DELETED, next: ABSENT } : unchanged(REFUSED)
  }
}

/** A request of a client and its answer. */
export interface Exchange extends Operation {
  readonly client: string
  /** The server process that was asked. */
  readonly process: number
  readonly asked: Asked
  /** A state, or one of the answers above; `undefined` if the outcome is unknown. */
  readonly answer: string | undefined
}

/** A request and its answer as an operation on a register. */
export function exchange(of: Omit<Exchange, keyof Operation>, called: number, returned: number): Exchange {
  const { asked, answer } = of
  const isRefused = answer === REFUSED || answer === ABSENT
  return {
    ...of,
    called,
    returned: answer === undefined ? Infinity : returned,
    isWrite: asked.type !== 'read' && !isRefused,
    apply(state) {
      const { answer: right, next } = step(asked, state)
      return answer === undefined || answer === right ? next : undefined
    },
  }
}

/** An exchange as a line of a report. */
export function describe({ client, process, asked, answer = 'unknown', called, returned }: Exchange): string {
  const { type, ...more } = asked
  const times = `${called.toFixed(1)} to ${returned === Infinity ? '?' : returned.toFixed(1)} ms`
  return `${times}: ${client}, process ${process}, ${type} ${JSON.stringify(more)}: ${answer}`
}
