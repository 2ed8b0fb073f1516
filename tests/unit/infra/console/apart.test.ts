/** The example console is part of no deployment, and needs nothing of this project. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CONSOLE_PATH, consoleFront } from '../../../../infra/local/console.ts'
import { built } from '../../../built.ts'

const SOURCES = join(import.meta.dirname, '../../../../infra/examples/console')

it('is in no bundle and in no text of the functions', async () => {
  const { bundles, texts } = built()
  const front = await consoleFront('https://id.example/realms/kaphera')
  // Both would be found: a name in the browser's storage, and the path of the page.
  expect(front).toContain('console.pending')
  expect(front).toContain(`${CONSOLE_PATH}/console.js`)
  const shipped = [...bundles.flatMap(({ code, parts }) => [code, ...Object.values(parts)]), ...Object.values(texts)]
  for (const text of shipped) {
    expect(text).not.toContain('console.pending')
    expect(text).not.toContain(`${CONSOLE_PATH}/console.js`)
  }
})

it('lets the page reach its own server and the issuer only', async () => {
  expect(await consoleFront('https://id.example/realms/kaphera')).toContain("connect-src 'self' https://id.example;")
})

it('imports only its own files', () => {
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.ts'))
  const imports = sources.flatMap((name) =>
    [...readFileSync(join(SOURCES, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, path]) => path),
  )
  expect(imports.filter((path) => path?.startsWith('./') !== true || !sources.includes(path.slice(2)))).toEqual([])
})

it('describes each of its files', () => {
  const readme = readFileSync(join(SOURCES, 'README.md'), 'utf8')
  expect(readdirSync(SOURCES).filter((name) => name !== 'README.md' && !readme.includes(`\`${name}\``))).toEqual([])
})
