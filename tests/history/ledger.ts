/**
 * What clients were told about their writes, compared with what has happened to the objects.
 */
import { entriesOf } from './client.ts'
import { ABSENT, DELETED, type Exchange, stateOf } from './register.ts'
import type { Change } from './told.ts'

/** Adds up writes of all rounds. */
export class Ledger {
  /** Acknowledged states, each as name and state. */
  readonly #acknowledged = new Set<string>()
  /** Values of writes that were refused. */
  readonly #refused = new Set<string>()
  readonly #deletions = new Map<string, number>()

  /** Notes the exchanges with an object. */
  note(name: string, exchanges: readonly Exchange[]): void {
    for (const { asked, answer, isWrite } of exchanges) {
      if (asked.type === 'read' || answer === undefined) continue
      if (answer === DELETED) this.#deletions.set(name, (this.#deletions.get(name) ?? 0) + 1)
      else if (isWrite) this.#acknowledged.add(`${name} ${answer}`)
      else if ('entries' in asked) {
        // A replacement contains older values, too; the latest is its own.
        this.#refused.add(String(Math.max(...Object.values(asked.entries).map(Number))))
      }
    }
  }

  /** Acknowledged writes that have not happened, refused ones that have, and writes that happened twice. */
  differences(changes: readonly Change[]): string[] {
    const found: string[] = []
    const missing = new Set(this.#acknowledged)
    const deletions = new Map<string, number>()
    const states = new Map<string, string>()
    const seen = new Set<string>()
    for (const { type, object } of changes) {
      const { name, resourceVersion } = object.metadata
      const before = states.get(name) ?? ABSENT
      if (type === 'DELETED') {
        deletions.set(name, (deletions.get(name) ?? 0) + 1)
        states.set(name, ABSENT)
        continue
      }
      const entries = entriesOf(object)
      const state = stateOf(entries)
      states.set(name, state)
      missing.delete(`${name} ${state}`)
      const known: object = before === ABSENT ? {} : JSON.parse(before)
      for (const [key, value] of Object.entries(entries)) {
        if ((known as Record<string, string>)[key] === value) continue
        if (this.#refused.has(value)) found.push(`${name} at ${resourceVersion} has ${value}, which was refused`)
        if (seen.has(value)) found.push(`${name} at ${resourceVersion} has ${value} for the second time`)
        seen.add(value)
      }
    }
    for (const [name, count] of this.#deletions) {
      const happened = deletions.get(name) ?? 0
      if (happened < count) found.push(`${name} was deleted ${happened} times, ${count} were acknowledged`)
    }
    return [...found, ...[...missing].map((state) => `acknowledged and never stored: ${state}`)]
  }
}
