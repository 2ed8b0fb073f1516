import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/mutation/together.test.ts'],
    // Stryker cannot tell what a test runs if runs share a worker.
    isolate: true,
    // Many mutants never end; a test that passes takes a second at most.
    testTimeout: 15_000,
  },
})
