import { mutated } from './folders.ts'

const name = process.env.MUTATION_FOLDER

export default {
  testRunner: 'vitest',
  plugins: [import.meta.resolve('@stryker-mutator/vitest-runner')],
  // Each mutant knows the tests that run it, so it need not be found out again what imports its file.
  vitest: { configFile: 'tests/mutation/vitest.config.ts', related: false, pool: 'threads' },
  mutate: mutated(name),
  coverageAnalysis: 'perTest',
  tsconfigFile: 'none',
  ignorePatterns: ['dist', '.cache', '.git', 'infra/examples/**/node_modules', 'tests/mutation/node_modules'],
  tempDirName: `.cache/mutation/sandbox-${name}`,
  incremental: true,
  incrementalFile: `.cache/mutation/${name}.json`,
  reporters: ['progress', 'clear-text'],
  clearTextReporter: { logTests: false, reportTests: false, reportScoreTable: false },
  timeoutMS: 30_000,
  // Tests that share a core are slow, and slow ones look as if they never end.
  concurrency: 1,
}
