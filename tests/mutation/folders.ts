/** The folders of the source that are mutated, and the tests that have to notice. */
export const FOLDERS = {
  // What a token must not be is a table of its own.
  auth: { source: 'shared/auth', tests: ['tests/unit/auth/**/*.test.ts', 'tests/security/tokens.test.ts'] },
  // Those two read tens of thousands of objects and open hundreds of streams, which takes long.
  kube: { source: 'shared/kube', tests: ['tests/unit/kube/**/!(reading|streams).test.ts'] },
  // Those read many objects, or wait. What conditions do to writes is among the tests of HTTP.
  resource: {
    source: 'shared/resource',
    tests: [
      'tests/unit/resource/**/!(across|many-referrers|referrer-pages|watch-runtime|scan).test.ts',
      'tests/unit/http/conditions.test.ts',
    ],
  },
} as const

/** One of them. */
export type Folder = keyof typeof FOLDERS

/** The part of a folder's mutants that must be noticed, in percent. */
export const LEAST_PERCENT = 85
