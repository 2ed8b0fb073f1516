/**
 * What writers tried, and what they were told; compared with the cluster at the end.
 */
import type { SentWrite } from './proxy.ts'

/** An attempt to write. */
export interface Attempt {
  readonly verb: 'create' | 'patch' | 'delete'
  /** Name of the object. No name is used for two objects. */
  readonly name: string
  /** What the object has if the attempt succeeds; unique, and without a meaning for a deletion. */
  readonly mark: string
  /** Unknown: whether it was written cannot be told from the answer, if there was one. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
}

/** What is wrong. */
export interface Verdict {
  /** Acknowledged writes that the cluster does not have, and what it has that nobody wrote. */
  readonly lost: readonly string[]
  /** Writes that were sent to the cluster more than once. */
  readonly doubled: readonly string[]
}

/** The attempts of all writers in order. After an attempt of unknown outcome an object is left alone. */
export class Ledger {
  readonly #attempts: Attempt[] = []

  note(attempt: Attempt): void {
    this.#attempts.push(attempt)
  }

  count(outcome: Attempt['outcome']): number {
    return this.#attempts.filter((attempt) => attempt.outcome === outcome).length
  }

  /**
   * Compares with the cluster.
   * @param stored - The mark of each object by its name
   * @param writes - What the cluster was sent
   */
  compare(stored: ReadonlyMap<string, string>, writes: readonly SentWrite[]): Verdict {
    const possible = this.#possible()
    const lost = [...possible]
      .filter(([name, marks]) => !marks.has(stored.get(name)))
      .map(([name, marks]) => `${name} is ${stored.get(name)}, not ${[...marks].join(' or ')}`)
    const strangers = [...stored.keys()].filter((name) => !possible.has(name)).map((name) => `${name} is nobody's`)
    const doubled = this.#attempts
      .filter((attempt) => writes.filter((write) => isOf(write, attempt)).length > 1)
      .map(({ verb, name, mark }) => `${verb} ${name} (${mark})`)
    return { lost: [...lost, ...strangers], doubled }
  }

  /** The marks that each object may have; undefined if it may be absent. */
  #possible(): Map<string, Set<string | undefined>> {
    const all = new Map<string, Set<string | undefined>>()
    for (const { verb, name, mark, outcome } of this.#attempts) {
      const before = all.get(name) ?? new Set([undefined])
      const after = verb === 'delete' ? undefined : mark
      if (outcome === 'acknowledged') all.set(name, new Set([after]))
      else all.set(name, outcome === 'unknown' ? new Set([...before, after]) : before)
    }
    return all
  }
}

/** Whether a request to the cluster may have carried out an attempt. What the API server refused has done nothing. */
function isOf({ method, path, body, status }: SentWrite, { verb, name, mark }: Attempt): boolean {
  if (status !== undefined && status >= 400 && status < 500) return false
  if (verb === 'delete') return method === 'DELETE' && new URL(path, 'http://kube').pathname.endsWith(`/${name}`)
  return body.includes(`"${mark}"`)
}
