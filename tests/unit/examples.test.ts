/** Type-checks and runs every `@example` in shared/. An example fails by an assertion. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'

/** A block of TypeScript after `@example` in a doc comment. */
const BLOCK = /^ *\* @example\n *\* ```ts\n(.*?)^ *\* ```$/gms

interface Example {
  readonly name: string
  readonly code: string
}

async function examples(): Promise<Example[]> {
  const shared = join(PROJECT, 'shared')
  const names = (await readdir(shared, { recursive: true })).filter((name) => name.endsWith('.ts')).sort()
  const found = await Promise.all(names.map(async (name) => examplesIn(join(shared, name), `shared/${name}`)))
  return found.flat()
}

/** Returns the examples of a file. Their relative imports start from the file. */
async function examplesIn(file: string, name: string): Promise<Example[]> {
  const blocks = [...(await readFile(file, 'utf8')).matchAll(BLOCK)]
  return blocks.map(([, block = ''], at) => ({
    name: `${name}, ${at + 1}`,
    code: block
      .replaceAll(/^ *\* ?/gm, '')
      .replaceAll(/ from '(\.[^']+)'/g, (_, path: string) => ` from '${resolve(dirname(file), path)}'`),
  }))
}

const all = await examples()
// A directory in the project, so that packages are found.
await mkdir(join(PROJECT, '.cache'), { recursive: true })
const folder = await mkdtemp(join(PROJECT, '.cache', 'examples-'))
const fileOf = (example: Example): string => join(folder, `example-${all.indexOf(example)}.ts`)
await Promise.all(all.map((example) => writeFile(fileOf(example), `${example.code}\nexport {}\n`)))

afterAll(() => rm(folder, { recursive: true }))

it('exist for the public interfaces', () => {
  const files = new Set(all.map(({ name }) => name.split(',', 1)[0]))
  for (const file of ['http/problem', 'kube/client', 'auth/token/authenticate', 'resource/resource', 'runtime/cache']) {
    expect(files).toContain(`shared/${file}.ts`)
  }
})

it('type-check', async () => {
  const config = { extends: join(PROJECT, 'tsconfig.json'), include: [folder], exclude: [] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(PROJECT, 'node_modules', '.bin', 'tsc')
  const { stdout } = await promisify(execFile)(tsc, ['--project', folder]).catch((error) => error)
  expect(stdout).toBe('')
})

it.each(all)('$name runs', async (example) => {
  await import(/* @vite-ignore */ fileOf(example))
})
