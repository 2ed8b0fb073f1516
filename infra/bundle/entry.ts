/**
 * An esbuild plugin: the module that the runtime starts, around a function's own.
 * @module
 */
import { dirname } from 'node:path'
import type { Plugin } from 'esbuild'

/** Before the path of a function's file, as an entry point. */
export const ENTRY = 'entry:'

/**
 * The esbuild plugin. The module loads the function's own with the first request, because a process may hold many functions and
 * its start should not wait for those that nobody asks for. Adds the entrypoint `metrics`, which no client reaches: its socket is
 * another one.
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
export default { load, fetch: async (...request) => (await load()).fetch(...request) }
export const metrics = { fetch: async () => new Response((await served?.metrics?.()) ?? '') }`,
        resolveDir: dirname(path),
      }))
    },
  }
}
