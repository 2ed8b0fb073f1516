import { defineConfig } from 'vitest/config'

/** What `vitest run` runs: nothing beyond Node and this repository is needed. */
const ALWAYS = ['unit', 'contract', 'security']

/** What needs a real cluster or a browser and therefore runs only by name: `vitest run --project parity`. */
const BY_NAME = ['parity', 'schemas', 'cases', 'cluster', 'e2e']

/** Projects that share one running server. */
const SETUP: Readonly<Record<string, string>> = { contract: 'tests/contract/setup.ts' }

const asked = process.argv.join(' ')
const names = [...ALWAYS, ...BY_NAME.filter((name) => new RegExp(`--project[= ]${name}\\b`).test(asked))]

export default defineConfig({
  test: {
    projects: names.map((name) => ({
      test: {
        name,
        environment: 'node',
        include: [`tests/${name}/**/*.test.ts`],
        globalSetup: SETUP[name] === undefined ? [] : [SETUP[name]],
        // Bundling, workerd and a machine with two cores.
        testTimeout: 30_000,
        hookTimeout: 60_000,
        teardownTimeout: 10_000,
      },
    })),
  },
})
