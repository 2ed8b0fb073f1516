/**
 * An esbuild plugin: the module `kaphera:functions`, which has all functions, each loaded when it is first asked for, and what
 * their bindings hold.
 */
import type { Plugin } from 'esbuild'
import type { Bundle } from './bundle.ts'
import { PROJECT } from './project.ts'
import type { Binding } from './settings.ts'

/** What the module holds. */
export interface AllFunctions {
  readonly bundles: readonly Pick<Bundle, 'name' | 'source'>[]
  /** Of all functions together. */
  readonly bindings: readonly Binding[]
  /** JSON of the definitions of all functions. */
  readonly catalog: string
  readonly version: string
}

/** Name of the file, beside the bundle, that has the text of a binding. */
export function textFile(binding: string): string {
  return `${binding}.data`
}

/** The esbuild plugin. Texts stay files ({@link textFile}): whoever embeds the bundle embeds them. */
export function allFunctions(all: AllFunctions): Plugin {
  return {
    name: 'all-functions',
    setup(build) {
      build.onResolve({ filter: /^kaphera:functions$/ }, ({ path }) => ({ path, namespace: 'all-functions' }))
      build.onResolve({ filter: /.*/, namespace: 'all-functions' }, ({ path, with: attributes }) =>
        attributes.type === 'file' ? { path, external: true } : undefined,
      )
      build.onLoad({ filter: /.*/, namespace: 'all-functions' }, () => ({
        contents: moduleText(all),
        resolveDir: PROJECT,
      }))
    },
  }
}

function moduleText({ bundles, bindings, catalog, version }: AllFunctions): string {
  const texts = bindings.filter(({ kind }) => kind === 'text').map(({ name }) => name)
  const variables = bindings.filter(({ kind }) => kind === 'variable').map(({ name }) => name)
  const loaders = bundles.map(
    ({ name, source }) => `${JSON.stringify(name)}: async () => (await import(${JSON.stringify(source)})).default`,
  )
  return [
    ...texts.map((name) => `import ${name} from './${textFile(name)}' with { type: 'file' }`),
    `export const functions = { ${loaders.join(', ')} }`,
    `export const variables = ${JSON.stringify(variables)}`,
    `export const catalog = ${JSON.stringify(catalog)}`,
    `export const texts = { ${texts.join(', ')} }`,
    `export const version = ${JSON.stringify(version)}`,
  ].join('\n')
}
