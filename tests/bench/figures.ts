/**
 * Figures of repeated measurements.
 * @module
 */

/** Minimum, median and maximum. */
export interface Figures {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** The figures of some measurements, at least one. */
export function figures(values: readonly number[]): Figures {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { min: at(0), median, max: at(sorted.length - 1) }
}

/** A line of a table: name, min/median/max, and the ratio of the medians to the first line's. */
export function line(name: string, measured: Figures, base: Figures, unit: string): string {
  const numbers = [measured.min, measured.median, measured.max].map((value) => value.toFixed(2).padStart(9)).join(' ')
  return `${name.padEnd(44)} ${numbers} ${unit}  ×${(measured.median / base.median).toFixed(2)}`
}
