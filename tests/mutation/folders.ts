/** The folders of the source that are mutated, and the tests that have to notice. */
export const FOLDERS = {
  // What a token must not be is a table of its own.
  auth: { source: 'shared/auth', tests: ['tests/unit/auth/**/*.test.ts', 'tests/security/tokens.test.ts'] },
  // Those two read tens of thousands of objects and open hundreds of streams, which takes long.
  kube: { source: 'shared/kube', tests: ['tests/unit/kube/**/!(reading|streams).test.ts'] },
  // Those that need no cluster come first. Two read thousands of objects.
  read: {
    source: 'shared/resource/read',
    tests: [
      'tests/unit/resource/read/!(cost|get|list|long-scan|overview|scan).test.ts',
      'tests/unit/resource/read/!(cost|scan).test.ts',
    ],
  },
  watch: {
    source: 'shared/resource/watch',
    tests: ['tests/unit/resource/watch/*.test.ts', 'tests/unit/resource/watch-turns.test.ts'],
  },
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

/** The folder that a file belongs to: the innermost one. */
export function folderOf(file: string): Folder | undefined {
  const names = Object.keys(FOLDERS) as Folder[]
  const around = names.filter((name) => file.startsWith(`${FOLDERS[name].source}/`))
  return around.sort((a, b) => FOLDERS[b].source.length - FOLDERS[a].source.length)[0]
}

/** What of a folder is mutated, as patterns: all but the folders in it. */
export function mutated(folder: Folder): readonly string[] {
  const { source } = FOLDERS[folder]
  const inner = Object.values(FOLDERS).filter((other) => other.source.startsWith(`${source}/`))
  return [`${source}/**/*.ts`, ...inner.map((other) => `!${other.source}/**`)]
}

/** The part of a folder's mutants that must be noticed, in percent. */
export const LEAST_PERCENT = 85
