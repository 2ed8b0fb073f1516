import { defineConfig } from 'vitest/config'
import { FOLDERS, type Folder } from './folders.ts'

export default defineConfig({
  test: {
    environment: 'node',
    include: [...FOLDERS[process.env.MUTATION_FOLDER as Folder].tests],
    // Stryker cannot tell what a test runs if files share a worker.
    isolate: true,
    testTimeout: 30_000,
  },
})
