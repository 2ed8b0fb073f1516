import { defineConfig } from 'vitest/config'

/** What `vitest run` runs: nothing beyond Node and this repository is needed. */
const ALWAYS = ['unit', 'contract', 'security']

/** What needs a real cluster and therefore runs only by name: `vitest run --project parity`. */
const BY_NAME = ['parity', 'schemas', 'cluster']

const asked = process.argv.join(' ')
const names = [...ALWAYS, ...BY_NAME.filter((name) => new RegExp(`--project[= ]${name}\\b`).test(asked))]

export default defineConfig({
  test: {
    projects: names.map((name) => ({
      test: {
        name,
        environment: 'node',
        include: [`tests/${name}/**/*.test.ts`],
        // Bundling, workerd and a machine with two cores.
        testTimeout: 30_000,
        hookTimeout: 60_000,
        teardownTimeout: 10_000,
      },
    })),
  },
})
