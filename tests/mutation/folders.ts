/**
 * The folders of the source that are mutated, the tests that have to notice, and the kind of workers that these run in.
 *
 * `vmThreads` load the source fastest. In them errors of the runtime, such as that of a deadline, are no `Error`.
 */
export const FOLDERS = {
  auth: { source: 'shared/auth', tests: ['tests/unit/auth/**/*.test.ts'], pool: 'vmThreads' },
  kube: { source: 'shared/kube', tests: ['tests/unit/kube/**/*.test.ts'], pool: 'threads' },
} as const

/** One of them. */
export type Folder = keyof typeof FOLDERS

/** The part of a folder's mutants that must be noticed, in percent. */
export const LEAST_PERCENT = 85
