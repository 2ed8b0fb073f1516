/**
 * The results of a run of schemathesis.
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
  /** Answers that the rules in hooks.py explain. */
  readonly filtered: number
}

/** The figures of a run as one caller. */
export interface Count {
  readonly cases: number
  /** Operations without a failure. */
  readonly passed: number
  /** Distinct failures, untested operations, and 5xx answers. */
  readonly failed: number
}

/**
 * Counts passed and failed operations.
 * @param report - Of a completed run
 * @param outages - 5xx answers in the server's log
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
