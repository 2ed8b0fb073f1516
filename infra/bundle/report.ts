/**
 * Sizes of the bundles, and the budget.
 */
import type { Bundle } from './bundle.ts'

/** Maximum number of bytes of a minified function: a larger one has a slower cold start. */
export const BUDGET: number = 168 * 1024

/**
 * A table of sizes, one line per function and one column per package.
 * @param bundles - As {@link bundleFunctions} gives them
 */
export function sizeTable(bundles: readonly Bundle[]): string {
  const packages = packagesByWeight(bundles)
  const header = ['function', 'bytes', 'gzip', ...packages]
  const rows = bundles.map((bundle) => [
    bundle.name,
    String(bundle.bytes),
    String(bundle.gzipBytes),
    ...packages.map((name) => String(bundle.packages[name] ?? '-')),
  ])
  return table([header, ...rows])
}

/**
 * One line for each function over the budget, with its largest packages.
 * @param bundles - As {@link bundleFunctions} gives them
 * @param budget - Bytes (default {@link BUDGET})
 */
export function overBudget(bundles: readonly Bundle[], budget: number = BUDGET): string[] {
  return bundles
    .filter((bundle) => bundle.bytes > budget)
    .map((bundle) => {
      const heaviest = packagesByWeight([bundle]).slice(0, 4)
      const parts = heaviest.map((name) => `${name} ${bundle.packages[name]}`).join(', ')
      return `${bundle.name} has ${bundle.bytes} bytes, ${bundle.bytes - budget} over the budget of ${budget}: ${parts}`
    })
}

function packagesByWeight(bundles: readonly Bundle[]): string[] {
  const total = new Map<string, number>()
  for (const { packages } of bundles) {
    for (const [name, bytes] of Object.entries(packages)) total.set(name, (total.get(name) ?? 0) + bytes)
  }
  return [...total]
    .filter(([, bytes]) => bytes > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => name)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n')
}
