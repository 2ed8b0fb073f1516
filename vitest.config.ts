import { defineConfig } from 'vitest/config'

/** What `vitest run` runs: nothing beyond Node and this repository is needed. */
const ALWAYS = ['unit', 'contract', 'security']

/** What needs a real cluster or a browser and therefore runs only by name: `vitest run --project parity`. */
const BY_NAME = ['parity', 'schemas', 'cases', 'cluster', 'knative', 'e2e']

/** What goes before and after all files of a project. */
const SETUP: Readonly<Record<string, string>> = {
  contract: 'tests/contract/setup.ts',
  cluster: 'tests/cluster/scratch.ts',
}

/** Projects whose files run one after the other in one process, because they share what takes long to start. */
const ONE_PROCESS = ['cluster']

const asked = process.argv.join(' ')
const names = [...ALWAYS, ...BY_NAME.filter((name) => new RegExp(`--project[= ]${name}\\b`).test(asked))]

export default defineConfig({
  test: {
    // Functions log every decision; what a test has printed matters when it fails.
    silent: 'passed-only',
    projects: names.map((name) => ({
      test: {
        name,
        environment: 'node',
        include: [`tests/${name}/**/*.test.ts`],
        globalSetup: SETUP[name] === undefined ? [] : [SETUP[name]],
        // Bundling, workerd and a machine with two cores.
        testTimeout: 30_000,
        // The first time real parts are started they are built, too.
        // On a busy machine that takes longer than anything else.
        hookTimeout: BY_NAME.includes(name) ? 2_700_000 : 60_000,
        teardownTimeout: 10_000,
        ...(ONE_PROCESS.includes(name) && { isolate: false, fileParallelism: false }),
      },
    })),
  },
})
