/** functions/README.md, carried out: a copy of the project in which nothing but the two files of its example is added. */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { temporaryDirectory } from './fixtures.ts'
import { sample, world } from './resource-fixtures.ts'

/** What a build needs of the project. */
const PARTS = [
  '.gitignore',
  'biome.json',
  'build.mjs',
  'functions',
  'infra',
  'package.json',
  'shared',
  'tsconfig.json',
  'wrangler.toml',
]

/** Path and text of the files in the README: each is named in bold before its block of code. */
async function filesOfReadme(): Promise<[path: string, text: string][]> {
  const readme = await readFile(join(PROJECT, 'functions', 'README.md'), 'utf8')
  const files = [...readme.matchAll(/\*\*\d\. `([^`]+)`\*\*[^`]*(?:`[^`]*`[^`]*)*?```\w+\n(.*?)```/gs)]
  return files.map(([, path = '', text = '']) => [path, text])
}

async function projectWith(files: readonly (readonly [string, string])[]): Promise<string> {
  const copy = await temporaryDirectory()
  await Promise.all(PARTS.map((part) => cp(join(PROJECT, part), join(copy, part), { recursive: true })))
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'))
  for (const [path, text] of files) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), text, { flag: 'wx' })
  }
  return copy
}

describe('a new kind', () => {
  it('costs two files', async () => {
    const files = await filesOfReadme()
    expect(files.map(([path]) => path)).toEqual([
      'infra/crds/edc.kaphera.com_federatedcatalogs.yaml',
      'functions/federatedcatalogs.ts',
    ])
    const copy = await projectWith(files)
    const build = (...args: string[]) => promisify(execFile)(process.execPath, ['build.mjs', ...args], { cwd: copy })
    await build('generate')
    await build()

    const document = JSON.parse(await readFile(join(copy, 'dist', 'openapi.json'), 'utf8'))
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/federatedcatalogs',
        '/v1/organizations/{organization}/federatedcatalogs/{name}',
        '/v1/organizations/{organization}/federatedcatalogs/{name}/usage',
      ]),
    )
    const load = async (name: string) =>
      (await import(pathToFileURL(join(copy, 'dist', 'functions', `${name}.js`)).href)).default.load()
    const functions = { federatedcatalogs: await load('federatedcatalogs'), connectors: await load('connectors') }
    expect(functions.federatedcatalogs.definition.rbac).toEqual(
      expect.arrayContaining([
        { apiGroups: ['edc.kaphera.com'], resources: ['connectors'], verbs: ['get'] },
        expect.objectContaining({ resources: ['federatedcatalogs'] }),
      ]),
    )

    const { as, put } = await world({ crds: [join(copy, 'infra', 'crds')], functions })
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await as('operator', 'acme')
    const collection = '/v1/organizations/acme/federatedcatalogs'
    const object = (name: string, spec: object) => ({ metadata: { name }, spec })
    const created = await operator('POST', collection, { body: object('all', { connectorRef: { name: 'edc' } }) })
    expect(created).toMatchObject({ status: 201, body: { kind: 'FederatedCatalog', spec: { replicas: 1 } } })
    expect(await operator('POST', collection, { body: object('x', { replicas: 'many' }) })).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: '/spec/replicas' })]) },
    })
    const early = await operator('POST', collection, { body: object('early', { connectorRef: { name: 'none' } }) })
    expect(early.headers.get('Warning')).toContain('connectors none does not exist yet')
    expect((await operator('GET', '/v1/federatedcatalogs?view=summary')).body.items).toHaveLength(2)
    expect((await operator('POST', `${collection}/all/scale`, { body: { replicas: 2 } })).body.spec.replicas).toBe(2)
    expect((await operator('GET', `${collection}/all/usage`)).body).toEqual({ offers: null })
    // Another kind's function knows of it, too.
    expect(await operator('DELETE', '/v1/organizations/acme/connectors/edc')).toMatchObject({
      status: 409,
      body: { references: [{ kind: 'FederatedCatalog', name: 'all' }] },
    })
    expect((await operator('DELETE', `${collection}/all`)).status).toBe(204)
    expect((await operator('DELETE', '/v1/organizations/acme/connectors/edc')).status).toBe(204)
  }, 120_000)
})
