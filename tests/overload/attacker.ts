/**
 * A thread that attacks: tells when the attack is in force, and what it saw when it is told to end.
 */
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { ATTACKS } from './attacks.ts'
import type { AttackReport, Victim } from './roles.ts'

/** What the thread gets. */
export interface Task extends Victim {
  /** Name of the attack. */
  readonly name: string
}

/** Failures that are told: the others are like them. */
const TOLD = 5

async function run(victim: Task): Promise<void> {
  const seen: Record<string, number> = {}
  const failures: string[] = []
  const ending = new AbortController()
  parentPort?.once('message', () => ending.abort())
  const saw = (what: string): void => {
    seen[what] = (seen[what] ?? 0) + 1
  }
  const fail = (line: string): void => {
    if (failures.length < TOLD) failures.push(line.slice(0, 400))
  }
  const attack = ATTACKS[victim.name]
  if (attack === undefined) throw new Error(`there is no attack ${victim.name}`)
  const { over } = await attack({ ...victim, signal: ending.signal, saw, fail })
  parentPort?.postMessage('in force')
  await over
  parentPort?.postMessage({ seen, failures } satisfies AttackReport)
}

// The server should limit an attack, not the CPU that the attacker takes here from the second caller and the API server. It attacks
// more slowly for that.
setPriority(constants.priority.PRIORITY_LOW)
await run(workerData as Task)
process.exit()
