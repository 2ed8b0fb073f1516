/**
 * An esbuild plugin: the modules that functions of another edition import from this project.
 */
import type { Plugin } from 'esbuild'
import { crdsOf, type Edition, SELF_HOSTED } from './edition.ts'
import { PACKAGE } from './generate/file.ts'
import { kindsCode } from './generate/kinds.ts'
import { PROJECT } from './project.ts'

/**
 * The esbuild plugin. It finds the project by the name of its package, even if the functions' own directory has no
 * `node_modules`, and replaces the index of all kinds by one that has the edition's, too.
 */
export function editionModules(edition: Edition): Plugin {
  return {
    name: 'edition-modules',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${PACKAGE}/`) }, async ({ path, kind, pluginData }) => {
        if (pluginData === 'resolving') return undefined
        const resolved = await build.resolve(path, { kind, resolveDir: PROJECT, pluginData: 'resolving' })
        if (resolved.errors.length === 0) return resolved
        return { errors: [{ text: `${path} is not a public module (infra/bundle/README.md).` }] }
      })
      if (edition.crds.length === SELF_HOSTED.crds.length) return
      build.onLoad({ filter: /[\\/]shared[\\/]schemas[\\/]kinds\.ts$/ }, async () => ({
        contents: kindsCode(await crdsOf(edition)),
        loader: 'ts',
      }))
    },
  }
}
