/**
 * The results as a table in Markdown.
 */
import type { Row } from './run.ts'

const HEAD = ['fault', 'clients saw', 'acknowledged', 'unknown', 'lost', 'twice', 'works again after', 'peak']

/** The results as a table in Markdown. */
export function table(rows: readonly Row[]): string {
  return [HEAD, HEAD.map(() => '---'), ...rows.map(cells)].map(line).join('\n')
}

/** A result as a line of the table. */
export function lineOf(row: Row): string {
  return line(cells(row))
}

function cells({ fault, answers, acknowledged, unknown, lost, doubled, recoveredMs, peak }: Row): readonly string[] {
  return [
    fault,
    [...answers]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([label, count]) => `${count} × ${label}`)
      .join(', '),
    `${acknowledged}`,
    `${unknown}`,
    `${lost}`,
    `${doubled}`,
    `${(recoveredMs / 1000).toFixed(2)} s`,
    `${Math.round(peak)} MiB`,
  ]
}

function line(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`
}
