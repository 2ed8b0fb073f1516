/**
 * What all attacks need.
 */
import { CALLERS, type Victim } from './roles.ts'

/** The state of an attack. */
export interface Attacking extends Victim {
  /** Aborted when it has to end. */
  readonly signal: AbortSignal
  /** Counts what the attacker saw. */
  saw(what: string): void
  /** Notes an answer that is wrong. */
  fail(line: string): void
}

/** The value of the header `Authorization`. */
export function authorization({ tokens }: Victim, caller = CALLERS[0] as string): string {
  return `Bearer ${tokens[caller]}`
}

/** Until the attack has to end. */
export function ended({ signal }: Attacking): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
