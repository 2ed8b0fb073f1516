/**
 * What is printed of attacks.
 */
import type { Seen } from './roles.ts'
import type { Row } from './run.ts'

/** The 99th percentile of the second caller should be at most this many times that without the attack. A goal, not a limit. */
const TIMES = 3
/** MiB above the memory before an attack within which it should be back after a minute. A goal, too. */
const BACK_MIB = 32

/** A Markdown table, with a row for each attack. */
export function table(rows: readonly Row[]): string {
  const head = [
    'attack',
    'attacker saw',
    'p50, p99 without, ms',
    'with, ms',
    'p99 ratio',
    'API server: without, ms',
    'with, ms',
    'memory, MiB',
    'goals',
  ]
  const cells = rows.map((row) => {
    const { name, seen, without, before, most, after, afterSeconds } = row
    const memory = `${[before, most, after].map(Math.round).join(', ')} after ${Math.ceil(afterSeconds)} s`
    const kube = [times(row.kubeWithout), times(row.kubeDuring)]
    return [name, seenText(seen), times(without), withIt(row), ratio(row).toFixed(1), ...kube, memory, goals(row)]
  })
  return `\n${[head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`
}

/** One line. */
export function describe(row: Row): string {
  const { name, without, before, most, after, failures } = row
  const memory = [before, most, after].map(Math.round).join(', ')
  const failed = failures.length > 0 ? `; FAILED: ${failures[0]}` : ''
  return `${name}: ${seenText(row.seen)}; p50, p99 ${times(without)} ms, with it ${withIt(row)} ms; API server ${times(row.kubeWithout)}, ${times(row.kubeDuring)} ms; ${memory} MiB${failed}`
}

/** Whether both goals are reached. */
export function isHeld(row: Row): boolean {
  return goals(row) === 'held'
}

function goals(row: Row): string {
  const missed = [ratio(row) > TIMES && 'p99', row.after > row.before + BACK_MIB && 'memory'].filter(Boolean)
  return missed.length === 0 ? 'held' : `${missed.join(', ')} not held`
}

function ratio({ without, during }: Row): number {
  return percentile(during, 99) / percentile(without, 99)
}

function times(all: readonly number[]): string {
  return [50, 99].map((rank) => percentile(all, rank).toFixed(1)).join(', ')
}

function withIt({ during, refused }: Row): string {
  return times(during) + (refused > 0 ? ` (${refused} refused)` : '')
}

function percentile(all: readonly number[], rank: number): number {
  const sorted = [...all].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN
}

function seenText(seen: Seen): string {
  const all = Object.entries(seen).sort(([one], [other]) => (one < other ? -1 : 1))
  return all.map(([what, count]) => `${what}: ${count}`).join(', ')
}
