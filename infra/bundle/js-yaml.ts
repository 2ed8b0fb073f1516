/**
 * Bundles only the part of js-yaml that is used.
 *
 * The package is one module whose constants come from calls, spreads and template literals, which esbuild must keep because they
 * could have side effects: the YAML 1.1 types, and the whole printer even if nothing is written.
 */
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

/** The esbuild plugin. It tells esbuild that js-yaml's constants have no side effects. */
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

/** In the built package only the first and the last line of a statement are not indented. */
function withPureConstants(source: string): string {
  return source.replaceAll(
    /^var ([\w$]+) = (?!class\b)([^\n]*|[^\n]*[^;\n]\n(?:[\t\])}][^\n]*\n)*?[\])}][^\n]*);$/gm,
    (_, name: string, value: string) => `var ${name} = /* @__PURE__ */ (() => (${value}))();`,
  )
}
