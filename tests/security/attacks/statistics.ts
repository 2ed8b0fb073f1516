/** Whether two samples come from the same distribution (Mann-Whitney). */
import { figures } from '../../bench/figures.ts'

/** The comparison of two samples. */
export interface Comparison {
  /** Probability of a difference at least as large if there is none. */
  readonly p: number
  /** Cliff's delta: 0 if neither is larger, 1 if every value of the first is larger than every one of the second. */
  readonly effect: number
  /** Median of the first without that of the second. */
  readonly shift: number
}

/** Compares two samples of at least 20 values each. */
export function compare(first: readonly number[], second: readonly number[]): Comparison {
  const [n, m] = [first.length, second.length]
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ]
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  let ties = 0
  for (let start = 0, end = 0; start < all.length; start = end) {
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1
    // Equal values share the mean of their ranks.
    for (let at = start; at < end; at += 1) if (all[at]?.isFirst) ranks += (start + 1 + end) / 2
    ties += (end - start) ** 3 - (end - start)
  }
  const u = ranks - (n * (n + 1)) / 2
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
  const z = deviation === 0 ? 0 : (u - (n * m) / 2) / deviation
  return {
    p: 2 * (1 - normal(Math.abs(z))),
    effect: (2 * u) / (n * m) - 1,
    shift: figures(first).median - figures(second).median,
  }
}

/** The distribution function of the normal distribution for a value of at least 0 (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = factors.reduceRight((rest, factor) => (rest + factor) * t, 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}
