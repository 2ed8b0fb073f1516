/**
 * Brings only the used half of js-yaml into a bundle.
 *
 * The package is one module whose constants are made by calls, spreads and template literals, none of which esbuild may
 * leave out by itself: the YAML 1.1 types and, where nothing is written, the whole printer would stay.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

/** The esbuild plugin. Tells esbuild that making a constant of js-yaml does nothing else. */
export function narrowJsYaml(): Plugin {
  return {
    name: 'narrow-js-yaml',
    setup(build) {
      build.onLoad({ filter: /js-yaml[\\/]dist[\\/]js-yaml\.mjs$/ }, async ({ path }) => ({
        contents: withPureConstants(await readFile(path, 'utf8')),
      }))
    },
  }
}

/** The package is built evenly: a statement's first and last line are not indented, all others are. */
function withPureConstants(source: string): string {
  return source.replaceAll(
    /^var ([\w$]+) = (?!class\b)([^\n]*|[^\n]*[^;\n]\n(?:[\t\])}][^\n]*\n)*?[\])}][^\n]*);$/gm,
    (_, name: string, value: string) => `var ${name} = /* @__PURE__ */ (() => (${value}))();`,
  )
}
