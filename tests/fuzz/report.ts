/**
 * What a run of schemathesis found.
 * @module
 */

/** The part of its JSON report that is read. */
export interface Report {
  readonly complete: boolean
  readonly operations: { readonly tested: number }
  readonly test_cases: { readonly generated: number }
  readonly failures: readonly {
    readonly title: string
    readonly count: number
    readonly operations: readonly string[]
  }[]
  readonly errors: readonly unknown[]
  /** Answers that the rules of hooks.py explain. */
  readonly filtered: number
}

/** A run as a caller, in figures. */
export interface Count {
  readonly cases: number
  /** Operations without a failure. */
  readonly passed: number
  /** Failures of different kinds, operations that could not be tried, and answers of 500 and above. */
  readonly failed: number
}

/**
 * Counts.
 * @param report - Of a run that came to its end
 * @param outages - Answers of 500 and above that the server itself has logged
 */
export function countReport({ operations, test_cases, failures, errors, complete }: Report, outages: number): Count {
  const broken = new Set(failures.flatMap((failure) => failure.operations))
  const failed = failures.reduce((sum, { count }) => sum + count, 0) + errors.length + outages
  return {
    cases: test_cases.generated,
    passed: operations.tested - broken.size,
    failed: complete ? failed : failed + 1,
  }
}
