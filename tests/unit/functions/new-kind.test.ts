import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import me from '../../../functions/me.ts'
import { annotationsOf } from '../../../infra/bundle/generate/annotations.ts'
import { type CrdFile, mainVersion, readCrds } from '../../../infra/bundle/generate/crd.ts'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { startOperators } from '../../../infra/local/operators/index.ts'
import type { Kind } from '../../../shared/kind/kind.ts'
import type { Action } from '../../../shared/resource/declaration.ts'
import { resource } from '../../../shared/resource/index.ts'
import { events } from '../../../shared/resource/views/events.ts'
import { fieldsView } from '../../../shared/resource/views/fields.ts'
import { Connector } from '../../../shared/schemas/connectors.ts'
import type { FunctionModule } from '../../../shared/server/definition.ts'
import { kubernetesJudge, type Send } from '../../cases/kubernetes.ts'
import { type KindCases, loadCases } from '../../cases/load.ts'
import { temporaryDirectory } from '../fixtures/build.ts'
import { type Json, sample, world } from '../fixtures/world.ts'

/** Files that a build needs. */
const PARTS = [
  '.gitignore',
  'biome.json',
  'build.mjs',
  'functions',
  'infra',
  'package.json',
  'shared',
  'tests/cases',
  'tsconfig.json',
  'wrangler.toml',
]

/** Returns path and text of the files in the README: a bold name precedes each block of code. */
async function filesOfReadme(): Promise<[path: string, text: string][]> {
  const readme = await readFile(join(PROJECT, 'functions', 'README.md'), 'utf8')
  const files = [...readme.matchAll(/\*\*\d\. `([^`]+)`\*\*[^`]*(?:`[^`]*`[^`]*)*?```\w+\n(.*?)```/gs)]
  return files.map(([, path = '', text = '']) => [path, text])
}

/** Copies the project to a directory and adds files to it, or replaces those of somebody who has followed the README. */
async function copyProject(copy: string, files: readonly (readonly [string, string])[]): Promise<void> {
  await Promise.all(PARTS.map((part) => cp(join(PROJECT, part), join(copy, part), { recursive: true })))
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'))
  for (const [path, text] of files) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), text)
  }
}

/** Builds the project with the kind of the README. */
async function buildExample(copy: string) {
  await copyProject(copy, await filesOfReadme())
  const build = (...args: string[]) => promisify(execFile)(process.execPath, ['build.mjs', ...args], { cwd: copy })
  await build('generate')
  await build()
  const load = async (name: string): Promise<FunctionModule> =>
    (await import(pathToFileURL(join(copy, 'dist', 'functions', `${name}.js`)).href)).default.load()
  const functions = { federatedcatalogs: await load('federatedcatalogs'), connectors: await load('connectors') }
  const document = JSON.parse(await readFile(join(copy, 'dist', 'openapi.json'), 'utf8'))
  return {
    functions,
    document,
    crds: [join(copy, 'infra', 'crds')],
    cases: join(copy, 'tests', 'cases'),
  }
}

const COLLECTION = '/v1/organizations/acme/federatedcatalogs'
const object = (name: string, spec: object) => ({ metadata: { name }, spec })

/** The example of functions/README.md in a copy of the project with nothing but its files added. */
describe('a new kind', () => {
  let example: Awaited<ReturnType<typeof buildExample>>
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'kaphera-'))
    example = await buildExample(copy)
  }, 240_000)
  afterAll(() => rm(copy, { recursive: true, force: true }))

  it('takes two files and their cases', async () => {
    expect((await filesOfReadme()).map(([path]) => path)).toEqual([
      'infra/crds/edc.kaphera.com_federatedcatalogs.yaml',
      'functions/federatedcatalogs.ts',
      'tests/cases/federatedcatalogs.yaml',
    ])
    const { document, functions, crds } = example
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/federatedcatalogs',
        '/v1/organizations/{organization}/federatedcatalogs/{name}',
        '/v1/organizations/{organization}/federatedcatalogs/{name}/usage',
      ]),
    )
    expect(functions.federatedcatalogs.definition.rbac).toEqual(
      expect.arrayContaining([
        { apiGroups: ['edc.kaphera.com'], resources: ['connectors'], verbs: ['get'] },
        expect.objectContaining({ resources: ['federatedcatalogs'] }),
      ]),
    )

    const { as, put } = await world({ crds, functions })
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await as('operator', 'acme')
    const created = await operator('POST', COLLECTION, { body: object('all', { connectorRef: { name: 'edc' } }) })
    expect(created).toMatchObject({ status: 201, body: { kind: 'FederatedCatalog', spec: { replicas: 1 } } })
    expect(await operator('POST', COLLECTION, { body: object('x', { replicas: 'many' }) })).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: '/spec/replicas' })]) },
    })
    const early = await operator('POST', COLLECTION, { body: object('early', { connectorRef: { name: 'none' } }) })
    expect(early.headers.get('Warning')).toContain('Connector \\"none\\" does not exist yet')
    expect((await operator('GET', '/v1/federatedcatalogs?view=summary')).body.items).toHaveLength(2)
    expect((await operator('POST', `${COLLECTION}/all/scale`, { body: { replicas: 2 } })).body.spec.replicas).toBe(2)
    expect((await operator('GET', `${COLLECTION}/all/usage`)).body).toEqual({ offers: null })
    // The function of another kind knows it, too.
    expect(await operator('DELETE', '/v1/organizations/acme/connectors/edc')).toMatchObject({
      status: 409,
      body: { references: [{ kind: 'FederatedCatalog', name: 'all' }] },
    })
    expect((await operator('DELETE', `${COLLECTION}/all`)).status).toBe(204)
    expect((await operator('DELETE', '/v1/organizations/acme/connectors/edc')).status).toBe(204)
  }, 120_000)

  it('becomes ready', async () => {
    const { functions, crds } = example
    const { as, cluster } = await world({ crds, functions })
    const complaints: string[] = []
    const log = (message: string) => void complaints.push(message)
    const operators = startOperators({ url: cluster.url, token: cluster.token, speed: 50, log })
    onTestFinished(() => operators.stop())
    const operator = await as('operator', 'acme')
    await operator('POST', COLLECTION, { body: object('all', { connectorRef: { name: 'edc' } }) })
    await expect
      .poll(async () => (await operator('GET', `${COLLECTION}/all`)).body.ready, { timeout: 20_000 })
      .toBe(true)
    expect(complaints).toEqual([])
  }, 60_000)

  it('accepts and rejects the objects of its cases', async () => {
    const { cases, crds } = example
    const kind = (await loadCases({ crds: crds[0], cases })).find(({ plural }) => plural === 'federatedcatalogs')
    const { kube } = await world({ crds })
    const send: Send = async (method, path, body) => {
      const answer = await kube(method, path, { body })
      return Response.json(answer.body, { status: answer.status })
    }
    const judge = kubernetesJudge(send, 'org-acme')
    for (const one of kind?.accepted ?? [])
      expect([one.name, (await judge(kind as KindCases, one)).status]).toEqual([one.name, 201])
    for (const one of kind?.rejected ?? []) {
      const { status, pointers } = await judge(kind as KindCases, one)
      expect([one.name, status, pointers]).toEqual([one.name, 422, one.pointers])
    }
  }, 60_000)

  it('has the columns and the selectable references that infra/crds/README.md asks for', async () => {
    const source = (await readCrds(...example.crds)).find(({ crd }) => crd.spec.names.plural === 'federatedcatalogs')
    const { additionalPrinterColumns = [], selectableFields = [] } = mainVersion(source as CrdFile)
    const names = ['Phase', 'Ready', 'Age', 'Created', 'Generation', 'Namespace']
    expect(additionalPrinterColumns.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
    const { references } = annotationsOf(source as CrdFile)
    expect(selectableFields.map(({ jsonPath }) => jsonPath)).toEqual(
      expect.arrayContaining(Object.keys(references).map((field) => `.spec.${field}.name`)),
    )
  })

  it('can limit grants to participants by an annotation', async () => {
    const { functions, crds } = example
    const { opens, put } = await world({ crds, functions })
    await put('connectors', 'acme', sample('connectors', 'edc', { participantRef: { name: 'one' } }))
    for (const name of ['one', 'two']) {
      await put('federatedcatalogs', 'acme', {
        ...{ apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'FederatedCatalog' },
        ...object(name, { connectorRef: { name: 'edc' }, participantRef: { name } }),
      })
    }
    const limited = await opens('operator', 'acme', { participants: ['one'] })
    const list = (await (await limited('GET', COLLECTION)).json()) as Json
    expect(list.items.map(({ metadata }: Json) => metadata.name)).toEqual(['one'])
    const status = async (...[method, path, ask]: Parameters<typeof limited>) =>
      (await limited(method, path, ask)).status
    expect(await status('POST', `${COLLECTION}/one/suspend`)).toBe(200)
    expect(await status('GET', `${COLLECTION}/two`)).toBe(404)
    expect(await status('POST', `${COLLECTION}/two/suspend`)).toBe(404)
    const create = (name: string, spec: object) => status('POST', COLLECTION, { body: object(name, spec) })
    expect(await create('own', { connectorRef: { name: 'edc' }, participantRef: { name: 'one' } })).toBe(201)
    expect(await create('foreign', { connectorRef: { name: 'edc' }, participantRef: { name: 'two' } })).toBe(403)
    expect(await create('none', { connectorRef: { name: 'edc' } })).toBe(403)
    const own = (await (await limited('GET', `${COLLECTION}/own`)).json()) as Json
    expect(own.metadata.labels).toMatchObject({ 'cloud.kaphera.com/participant': 'one' })
  })

  it('can be shared with other organizations by an annotation', async () => {
    const { functions, crds } = example
    const { as } = await world({ crds, functions })
    const operator = await as('operator', 'acme')
    const foreign = await as('viewer', 'globex')
    const shared = (name: string, spec: object) =>
      operator('POST', COLLECTION, { body: object(name, { connectorRef: { name: 'edc' }, ...spec }) })
    await shared('private', { allowedOrganizations: ['globex'] })
    await shared('listed', { visibility: 'Organizations', allowedOrganizations: ['authority', 'globex'] })
    await shared('unlisted', { visibility: 'Organizations', allowedOrganizations: ['authority'] })
    await shared('public', { visibility: 'Public' })

    const { items } = (await foreign('GET', '/v1/federatedcatalogs')).body
    expect(items.map(({ metadata }: Json) => metadata.name).sort()).toEqual(['listed', 'public'])
    // It does not reveal who else may use an object, or who wrote it.
    const { spec, metadata } = (await foreign('GET', `${COLLECTION}/listed`)).body
    expect(spec.allowedOrganizations).toEqual(['globex'])
    expect(metadata.annotations).toBeUndefined()
    for (const name of ['private', 'unlisted']) {
      expect((await foreign('GET', `${COLLECTION}/${name}`)).status).toBe(404)
    }
    expect((await foreign('POST', `${COLLECTION}/public/suspend`)).status).toBe(404)
    expect((await operator('GET', COLLECTION)).body.items).toHaveLength(4)
  })
})

/** A kind with a unique view, and with actions that have names of other kinds' views and of a verb. */
async function collections(): Promise<{ crds: string[]; functions: Record<string, FunctionModule> }> {
  const directory = await temporaryDirectory()
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'collections.edc.kaphera.com' },
    spec: {
      group: 'edc.kaphera.com',
      scope: 'Namespaced',
      names: { kind: 'Collection', plural: 'collections', singular: 'collection' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: {} } } },
          },
        },
      ],
    },
  }
  await writeFile(join(directory, 'edc.kaphera.com_collections.yaml'), JSON.stringify(crd))
  const kind: Kind = {
    group: 'edc.kaphera.com',
    version: 'v1alpha1',
    kind: 'Collection',
    plural: 'collections',
    singular: 'collection',
    shortNames: [],
    spec: async () => v.looseObject({}),
    specRequired: false,
    columns: [],
    selectableFields: [],
    references: {},
    scope: 'organization',
  }
  const offers = fieldsView('Offers', { offers: 'status.offers' })
  const members: Action = { summary: 'Named like a view of organizations', change: (current) => ({ ...current }) }
  const module = resource(kind, { views: { offers }, actions: { members, logs: members } })
  return { crds: [join(PROJECT, 'infra', 'crds'), directory], functions: { collections: module, me } }
}

describe('the operations of a new kind', () => {
  it('are open to viewers if they are views, and to operators if they are actions', async () => {
    const { as, put } = await world(await collections())
    await put('collections', 'acme', {
      apiVersion: 'edc.kaphera.com/v1alpha1',
      kind: 'Collection',
      metadata: { name: 'one' },
    })
    const path = '/v1/organizations/acme/collections/one'
    const statuses = async (role: string) => {
      const caller = await as(role, 'acme')
      const answers = [
        await caller('GET', `${path}/offers`),
        await caller('POST', `${path}/members`),
        await caller('POST', `${path}/logs`),
      ]
      const { body } = await caller('GET', '/v1/organizations/acme/permissions')
      return { statuses: answers.map(({ status }) => status), permissions: body.permissions.collections }
    }
    expect(await statuses('viewer')).toEqual({
      statuses: [200, 403, 403],
      permissions: ['list', 'get', 'watch', 'offers', 'diagnosis'],
    })
    expect(await statuses('operator')).toEqual({
      statuses: [200, 200, 200],
      permissions: [
        ...['list', 'get', 'create', 'replace', 'patch', 'delete', 'watch'],
        ...['members', 'logs', 'offers', 'diagnosis'],
      ],
    })
  })

  it('need different names within the kind', () => {
    const kind = { ...Connector, plural: 'collections' }
    const act: Action = { summary: 'x', change: (current) => ({ ...current }) }
    expect(() => resource(kind, { views: { events }, actions: { events: act } })).toThrow(
      'collections has two operations that are named events',
    )
    expect(() => resource(kind, { actions: { list: act } })).toThrow('named list')
  })
})
