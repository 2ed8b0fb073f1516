import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What `vitest run` runs, in this order: nothing beyond Node and this repository is needed. Unit tests come first, since most of
 * them do not wait for the build.
 */
const ALWAYS = ['unit', 'edition', 'contract', 'security']

/** What needs a real cluster or a browser and therefore runs only by name: `vitest run --project parity`. */
const BY_NAME = ['parity', 'schemas', 'cases', 'cluster', 'helm', 'knative', 'monitoring', 'e2e']

/** What goes before and after all files of a project. */
const SETUP: Readonly<Record<string, string>> = {
  unit: 'tests/build.ts',
  security: 'tests/build.ts',
  contract: 'tests/contract/setup.ts',
  edition: 'tests/edition/setup.ts',
  cluster: 'tests/cluster/harness/scratch.ts',
  helm: 'tests/build.ts',
  monitoring: 'tests/build.ts',
  e2e: 'tests/build.ts',
}

/** Projects whose files run one after the other in one process, because they share what takes long to start. */
const ONE_PROCESS = ['cluster', 'knative']

class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((a, b) => names.indexOf(a.project.name) - names.indexOf(b.project.name))
  }
}

const asked = process.argv.join(' ')
const names = [...ALWAYS, ...BY_NAME.filter((name) => new RegExp(`--project[= ]${name}\\b`).test(asked))]

export default defineConfig({
  test: {
    // Functions log every decision; the output of a test matters only when it fails.
    silent: 'passed-only',
    // Tests wait as much as they compute.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: InOrder },
    projects: names.map((name) => ({
      test: {
        name,
        environment: 'node',
        include: [`tests/${name}/**/*.test.ts`],
        globalSetup: SETUP[name] === undefined ? [] : [SETUP[name]],
        // Test files share no state but what is read only: a worker loads the sources once.
        isolate: false,
        ...(ALWAYS.includes(name) && { setupFiles: ['tests/clock.ts'] }),
        // The default of a second is too short for a busy machine.
        expect: { poll: { timeout: 15_000 } },
        // Bundling, workerd and a machine with two cores.
        testTimeout: 30_000,
        // The first time real parts are started they are built, too.
        // On a busy machine that takes longer than anything else.
        hookTimeout: BY_NAME.includes(name) ? 2_700_000 : 60_000,
        teardownTimeout: 10_000,
        ...(ONE_PROCESS.includes(name) && { fileParallelism: false }),
      },
    })),
  },
})
