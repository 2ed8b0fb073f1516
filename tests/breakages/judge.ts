/**
 * What a run of tests says about a breakage.
 */

/** The part of vitest's JSON report that counts here. */
export interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** How the messages of failed assertions begin: those about promises are no assertion errors. */
const ASSERTION = /^AssertionError|^Error: promise (resolved|rejected) /

/** The tests that failed by an assertion. A file that cannot be loaded and a test that takes too long notice nothing. */
export function noticed({ testResults }: Report): string[] {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ failureMessages }) => failureMessages.some((message) => ASSERTION.test(message)))
    .map(({ fullName }) => fullName)
}

/** What failed otherwise, one line each. */
export function otherFailures({ testResults }: Report): string[] {
  const lines = testResults.flatMap(({ message, assertionResults }) => [
    message,
    ...assertionResults.flatMap(({ failureMessages }) => failureMessages),
  ])
  return lines.filter((line) => line !== '' && !ASSERTION.test(line)).map((line) => line.split('\n', 1)[0] ?? '')
}
