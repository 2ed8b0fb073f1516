/**
 * Measurements of processes, and statistics of repeated ones.
 */
import { readFileSync } from 'node:fs'
import { progress } from '../cluster/harness/progress.ts'

/** Milliseconds in a clock tick of /proc. */
const TICK_MS = 10

/** Minimum, median and maximum. */
export interface Figures {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** What was measured of each variant, by name of the variant and of the measurement. */
export type Measurements = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>

/** Returns the figures of at least one measurement. */
export function figures(values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { min: at(0), median, max: at(sorted.length - 1) }
}

/** Keeps a measurement. */
export type Recorder = (what: string, value: number) => void

/**
 * Measures all variants in each round. They alternate, because a machine becomes faster or slower with time. If one fails, e.g. by
 * the timeouts of a busy machine, what it has measured counts and the others go on.
 * @param rounds - Number of rounds
 * @param variants - By name
 * @param measure - Records what it measures
 */
export async function alternate<T>(
  rounds: number,
  variants: { readonly [name: string]: T },
  measure: (variant: T, record: Recorder) => Promise<void>,
): Promise<Measurements> {
  const entries = Object.entries(variants)
  const all = new Map<string, Map<string, number[]>>(entries.map(([name]) => [name, new Map()]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, variant] of round % 2 === 0 ? entries : [...entries].reverse()) {
      progress(`round ${round + 1} of ${rounds}: ${name}`)
      const values = all.get(name) as Map<string, number[]>
      const record: Recorder = (what, value) => {
        progress(`  ${what} ${value.toFixed(1)}`)
        values.set(what, [...(values.get(what) ?? []), value])
      }
      await measure(variant, record).catch((error: unknown) => progress(`${name}: ${error}`))
    }
  }
  return all
}

/** Formats medians as a Markdown table, each with minimum and maximum: a row for each measurement, a column for each variant. */
export function table(all: Measurements): string {
  const rows = [...new Set([...all.values()].flatMap((values) => [...values.keys()]))]
  const lines = rows.map((row) => [row, ...[...all.values()].map((values) => cell(values.get(row)))].join(' | '))
  return [
    `| | ${[...all.keys()].join(' | ')} |`,
    `|---|${'--:|'.repeat(all.size)}`,
    ...lines.map((line) => `| ${line} |`),
  ].join('\n')
}

function cell(values: readonly number[] | undefined): string {
  if (values === undefined) return ''
  const { min, median, max } = figures(values)
  const round = (value: number): string => value.toFixed(median < 10 ? 1 : 0)
  return values.length === 1 ? round(median) : `${round(median)} (${round(min)}–${round(max)})`
}

/** Returns the user and system time of a process in milliseconds (proc(5), fields 14 and 15 of stat). */
export function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Returns the resident memory of a process in MiB: as it is (`VmRSS`), or the most that it ever was (`VmHWM`). */
export function residentMemory(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  return (
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  )
}
