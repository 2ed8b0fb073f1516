/**
 * What a report of Stryker says about each file.
 * @see {@link https://github.com/stryker-mutator/mutation-testing-elements/tree/master/packages/report-schema}
 */

/** The part of a report that is counted. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>
}

/** The mutants of a file, or of all files. */
export interface Score {
  /** Those for which a test failed, or did not end. */
  readonly noticed: number
  /** Those that no test noticed, or that no test ran. */
  readonly unnoticed: number
}

/** Counts the mutants of each file, and of all of them. A mutant that is no program at all counts as neither. */
export function rowsOf({ files }: Report): { rows: readonly (Score & { file: string })[]; total: Score } {
  const rows = Object.entries(files).map(([file, { mutants }]) => {
    const count = (...statuses: string[]): number => mutants.filter(({ status }) => statuses.includes(status)).length
    return { file, noticed: count('Killed', 'Timeout'), unnoticed: count('Survived', 'NoCoverage') }
  })
  const sum = (of: keyof Score): number => rows.reduce((total, row) => total + row[of], 0)
  return { rows, total: { noticed: sum('noticed'), unnoticed: sum('unnoticed') } }
}

/** The score in percent, e.g. ` 87.5 %`. */
export function percent({ noticed, unnoticed }: Score): string {
  const all = noticed + unnoticed
  return `${(all === 0 ? 100 : (100 * noticed) / all).toFixed(1).padStart(5)} %`
}
