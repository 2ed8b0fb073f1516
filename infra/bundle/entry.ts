/**
 * An esbuild plugin for the entry module, which loads a function's module.
 */
import { dirname } from 'node:path'
import type { Plugin } from 'esbuild'

/** Prefix of the path of a function's file that makes it an entry module. */
export const ENTRY = 'entry:'

/**
 * The esbuild plugin. The entry module loads the function's module with the first request: a process may hold many functions,
 * and its start should not wait for unused ones.
 */
export function entry(): Plugin {
  return {
    name: 'entry',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${ENTRY}`) }, ({ path }) => ({
        path: path.slice(ENTRY.length),
        namespace: 'entry',
      }))
      build.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: `let served
const load = async () => (served ??= (await import(${JSON.stringify(path)})).default)
export default { load, fetch: async (...request) => (await load()).fetch(...request) }`,
        resolveDir: dirname(path),
      }))
    },
  }
}
