/**
 * An esbuild plugin: the module that the runtime starts, around a function's own.
 * @module
 */
import { dirname } from 'node:path'
import type { Plugin } from 'esbuild'

/** Before the path of a function's file, as an entry point. */
export const ENTRY = 'entry:'

/** The esbuild plugin. Adds the entrypoint `metrics`, which no client reaches: its socket is another one. */
export function entry(): Plugin {
  return {
    name: 'entry',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${ENTRY}`) }, ({ path }) => ({
        path: path.slice(ENTRY.length),
        namespace: 'entry',
      }))
      build.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: `import served from ${JSON.stringify(path)}
export default served
export const metrics = { fetch: async () => new Response((await served.metrics?.()) ?? '') }`,
        resolveDir: dirname(path),
      }))
    },
  }
}
