/**
 * Bundles only the part of @kubernetes/client-node that builds URLs.
 *
 * Its request factory imports a class per Kubernetes type (through ObjectSerializer) and undici (through http.js), 390 KB that
 * this project never calls. A few KB remain.
 */
import { readFile } from 'node:fs/promises'
import type { OnResolveArgs, Plugin } from 'esbuild'

/** Any path but that of a TypeScript module, which client-node does not have. Go's expressions have no lookahead. */
const NOT_TYPESCRIPT = /([^s]|[^t]s|[^.]ts)$/
const PACKAGE = /@kubernetes[\\/]client-node/
const FACTORY = /client-node[\\/]dist[\\/]gen[\\/]apis[\\/]CustomObjectsApi\.js$/
const TRANSPORT = /client-node[\\/]dist[\\/]gen[\\/]http[\\/]isomorphic-fetch\.js$/
const SERIALIZER = /client-node[\\/]dist[\\/]gen[\\/]models[\\/]ObjectSerializer\.js$/

/** Custom objects have no classes, so they are serialized as plain data. */
const PLAIN_SERIALIZER = `export const ObjectSerializer = {
  serialize: (data) => data,
  stringify: (data) => JSON.stringify(data),
  getPreferredMediaType: (types) => (types.includes('application/json') ? 'application/json' : types[0]),
}`

/**
 * The esbuild plugin. It marks client-node as free of side effects, so that esbuild drops unused code; replaces its serializer
 * and Node's `url`, the latter by the global `URL`; empties its transport; and removes the methods of the request factory that
 * the importing module does not name.
 */
export function narrowClientNode(): Plugin {
  return {
    name: 'narrow-client-node',
    setup(build) {
      let door: string | undefined
      build.onResolve({ filter: NOT_TYPESCRIPT }, async (args) => {
        if (args.pluginData === 'resolving' || !concerns(args)) return undefined
        if (args.path === 'url') return { path: 'url', namespace: 'web' }
        const { importer, resolveDir, kind } = args
        const resolved = await build.resolve(args.path, { importer, resolveDir, kind, pluginData: 'resolving' })
        if (FACTORY.test(resolved.path) && !PACKAGE.test(importer)) {
          if (door !== undefined && door !== importer) {
            return { errors: [{ text: `Only ${door} imports client-node's request factory.` }] }
          }
          door = importer
        }
        return { ...resolved, sideEffects: false }
      })
      build.onLoad({ filter: /^url$/, namespace: 'web' }, () => ({ contents: 'export const URL = globalThis.URL' }))
      build.onLoad({ filter: TRANSPORT }, () => ({ contents: '' }))
      build.onLoad({ filter: SERIALIZER }, () => ({ contents: PLAIN_SERIALIZER }))
      build.onLoad({ filter: FACTORY }, async ({ path }) => {
        const [source, user] = await Promise.all([readFile(path, 'utf8'), readFile(door ?? path, 'utf8')])
        return { contents: withMethods(source, (name) => new RegExp(`\\b${name}\\b`).test(user)) }
      })
    },
  }
}

function concerns({ path, importer }: OnResolveArgs): boolean {
  return PACKAGE.test(path) || PACKAGE.test(importer)
}

/** The code is generated, so the indentation shows where a method begins and ends. */
function withMethods(source: string, isUsed: (name: string) => boolean): string {
  return source.replaceAll(/^ {4}async (\w+)\(.*\) \{\n[\s\S]*?^ {4}\}\n/gm, (method, name) =>
    isUsed(name) ? method : '',
  )
}
