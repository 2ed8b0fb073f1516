/** Which form of a table has some fields, and the objects that are made of its rows. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import type { PageOptions } from '../../../../shared/kube/index.ts'
import type { Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import {
  READY_FIELDS,
  summaryReader,
  type TableForm,
  tableForm,
  tableReader,
} from '../../../../shared/resource/read/table.ts'
import type { Environment } from '../../../../shared/runtime/environment.ts'

const described = (jsonPath: string): string => `Custom resource definition column (in JSONPath format): ${jsonPath}`

const COLUMNS = [
  { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'What it looks like.' },
  { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Observed', type: 'integer', jsonPath: '.status.observedGeneration' },
  { name: 'Seen', type: 'date', jsonPath: '.status.seenAt' },
  { name: 'First', type: 'string', jsonPath: '.spec.list[0]' },
  { name: 'Any', type: 'string', jsonPath: '.spec.list[*]' },
]

/** What an API server with the same CRD says of its columns, and a row. */
const DEFINITIONS = [
  { name: 'Name', type: 'string', format: 'name', description: 'Name must be unique.' },
  { name: 'Color', type: 'string', format: '', description: 'What it looks like.' },
  { name: 'Size', type: 'integer', format: '', description: described('.spec.size') },
  { name: 'Ready', type: 'string', format: '', description: described(COLUMNS[2]?.jsonPath ?? '') },
  { name: 'Observed', type: 'integer', format: '', description: described('.status.observedGeneration') },
  { name: 'Created', type: 'string', format: '', description: described('.metadata.creationTimestamp') },
  { name: 'Generation', type: 'integer', format: '', description: described('.metadata.generation') },
  { name: 'Namespace', type: 'string', format: '', description: described('.metadata.namespace') },
  { name: 'First', type: 'string', format: '', description: described('.spec.list[0]') },
  { name: 'Any', type: 'string', format: '', description: described('.spec.list[*]') },
]
const CELLS = ['x', 'red', 7, 'True', 1, '2026-01-01T00:00:00Z', 1, 'org-a', 'one', 'one']
const METADATA = { name: 'x', namespace: 'org-a', uid: 'u', generation: 1, labels: { tier: 'gold' } }

type Definition = (typeof DEFINITIONS)[number]

interface Contents {
  readonly decisiveFields?: readonly string[] | undefined
  readonly isEverywhere?: boolean
  readonly definitions?: readonly Definition[]
  readonly cells?: readonly unknown[]
  readonly sees?: boolean
  /** Whether the API server answers with whole objects. */
  readonly isWhole?: boolean
}

function collectionOf(contents: Contents = {}) {
  const { isEverywhere = false, definitions = DEFINITIONS, cells = CELLS, sees = true, isWhole = false } = contents
  const asked: string[] = []
  const metadata = { resourceVersion: '5' }
  const collection = {
    call: {},
    resource: { group: 'g', version: 'v1', kind: 'Thing', plural: 'things', columns: COLUMNS },
    namespace: 'org-a',
    isEverywhere,
    decisiveFields: 'decisiveFields' in contents ? contents.decisiveFields : [],
    see: (object: KubeObject) => (sees ? object : undefined),
    async page({ limit }: PageOptions) {
      asked.push(`list ${limit}`)
      return { items: [], read: 0, bytes: 1, metadata }
    },
    unfiltered: {
      async table({ limit }: PageOptions, form: TableForm) {
        asked.push(`table ${form} ${limit}`)
        if (isWhole) return { metadata, items: [], bytes: 3 }
        const object = form === 'Metadata' ? { metadata: structuredClone(METADATA) } : null
        return { metadata, columnDefinitions: definitions, rows: [{ cells, object }], bytes: 3 }
      },
    },
  }
  return { collection: collection as unknown as Collection<Resource>, asked }
}

const without = (name: string): Pick<Contents, 'definitions' | 'cells'> => {
  const index = DEFINITIONS.findIndex((definition) => definition.name === name)
  return { definitions: DEFINITIONS.toSpliced(index, 1), cells: CELLS.toSpliced(index, 1) }
}

describe('the form of a table', () => {
  it.each<[fields: readonly string[], form: TableForm | undefined]>([
    [['.metadata.name'], 'None'],
    [['.metadata.name', '.metadata.namespace', '.metadata.generation', '.metadata.creationTimestamp'], 'None'],
    [['.spec.color', '.spec.size'], 'None'],
    [READY_FIELDS, 'None'],
    [[], 'None'],
    [['.metadata.labels'], 'Metadata'],
    [['.metadata'], 'Metadata'],
    [['.spec.color', '.metadata.uid'], 'Metadata'],
    [['.spec.other'], undefined],
    [['.metadata.labels', '.spec.other'], undefined],
    [['.metadatas'], undefined],
    [['.spec.metadata.name'], undefined],
    // It is shown as a text such as 5m.
    [['.status.seenAt'], undefined],
    // Others follow the one that is shown.
    [['.spec.list[0]'], undefined],
    [['.spec.list[*]'], undefined],
  ])('for %j is %s', (fields, form) => {
    expect(tableForm([collectionOf().collection], fields)).toBe(form)
  })

  it('has what decides whether the caller sees an object', () => {
    const formOf = (...contents: readonly Contents[]) =>
      tableForm(
        contents.map((one) => collectionOf(one).collection),
        ['.spec.color'],
      )
    expect(formOf({ decisiveFields: ['.spec.size'] })).toBe('None')
    expect(formOf({ decisiveFields: ['.metadata.labels'] })).toBe('Metadata')
    expect(formOf({ decisiveFields: ['.spec.owner'] })).toBeUndefined()
    expect(formOf({ decisiveFields: undefined })).toBeUndefined()
    expect(formOf({}, { decisiveFields: ['.metadata.labels'] })).toBe('Metadata')
    expect(formOf({ decisiveFields: ['.metadata.labels'] }, { decisiveFields: undefined })).toBeUndefined()
  })
})

describe('an object of a row', () => {
  const FIELDS = ['.metadata.name', '.spec.color', '.metadata.generation', ...READY_FIELDS]

  it('has the fields that are asked for', async () => {
    const { collection, asked } = collectionOf()
    const page = await tableReader({} as Environment, 'None', FIELDS)(collection, { limit: 5_000 })
    expect(page).toEqual({
      metadata: { resourceVersion: '5' },
      bytes: 3,
      read: 1,
      isSparse: true,
      items: [
        {
          apiVersion: 'g/v1',
          kind: 'Thing',
          metadata: { name: 'x', namespace: 'org-a', generation: 1 },
          spec: { color: 'red' },
          status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] },
        },
      ],
    })
    expect(asked).toEqual(['table None 5000'])
  })

  it('has the time of its creation, not its age, wherever the columns are', async () => {
    const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }
    const definitions = [{ ...age, format: '', description: described(age.jsonPath) }, ...DEFINITIONS.toReversed()]
    const { collection } = collectionOf({ definitions, cells: ['5m', ...CELLS.toReversed()] })
    const one = { ...collection, resource: { ...collection.resource, columns: [age, ...COLUMNS] } } as never
    const { items } = await tableReader({} as Environment, 'None', ['.metadata.name', age.jsonPath])(one, { limit: 9 })
    expect(items[0]?.metadata).toEqual({ name: 'x', namespace: 'org-a', creationTimestamp: '2026-01-01T00:00:00Z' })
  })

  it('has its metadata where that is needed, in pages of 500', async () => {
    const { collection, asked } = collectionOf()
    const read = tableReader({} as Environment, 'Metadata', ['.metadata', '.spec.size'])
    const { items } = await read(collection, { limit: 5_000 })
    expect(items).toEqual([{ apiVersion: 'g/v1', kind: 'Thing', metadata: METADATA, spec: { size: 7 } }])
    await read(collection, { limit: 7 })
    expect(asked).toEqual(['table Metadata 500', 'table Metadata 7'])
  })

  it('has its namespace from the row in a list of all namespaces', async () => {
    const { collection } = collectionOf({ isEverywhere: true })
    const fields = ['.metadata.name', '.metadata.namespace']
    const { items } = await tableReader({} as Environment, 'None', fields)(collection, { limit: 9 })
    expect(items[0]?.metadata).toEqual({ name: 'x', namespace: 'org-a' })
  })

  it('has no fields of which the row has no value', async () => {
    const cells = ['x', null, undefined, { no: 'scalar' }, 0, ...CELLS.slice(5)]
    const { collection } = collectionOf({ cells })
    const { items } = await tableReader({} as Environment, 'None', [...FIELDS, '.spec.size'])(collection, { limit: 9 })
    const metadata = { name: 'x', namespace: 'org-a', generation: 1 }
    expect(items).toEqual([{ apiVersion: 'g/v1', kind: 'Thing', metadata, status: { observedGeneration: 0 } }])
  })

  it('has what decides whether the caller sees it', async () => {
    const { collection } = collectionOf({ decisiveFields: ['.spec.color'] })
    const { items } = await tableReader({} as Environment, 'None', ['.metadata.name'])(collection, { limit: 9 })
    expect(items[0]?.spec).toEqual({ color: 'red' })
  })

  it('is counted, but not shown, if the caller does not see it', async () => {
    const { collection } = collectionOf({ sees: false })
    expect(await tableReader({} as Environment, 'None', FIELDS)(collection, { limit: 9 })).toMatchObject({
      items: [],
      read: 1,
    })
  })
})

describe('a cluster with other columns', () => {
  /** What is asked of a cluster, by two requests in one environment, a minute apart or less. */
  async function asked(fields: readonly string[], contents: Contents, between = 0): Promise<readonly string[][]> {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const env = {} as Environment
    const requests = []
    for (const _ of ['first', 'second']) {
      const one = collectionOf(contents)
      await tableReader(env, 'None', fields)(one.collection, { limit: 5_000 })
      requests.push(one.asked)
      vi.setSystemTime(Date.now() + between)
    }
    return requests
  }

  it.each<[what: string, contents: Contents]>([
    ['lacks the column', without('Color')],
    [
      'has it by another name',
      { definitions: DEFINITIONS.map((one) => (one.name === 'Color' ? { ...one, name: 'Hue' } : one)) },
    ],
    [
      'has another type',
      { definitions: DEFINITIONS.map((one) => (one.name === 'Color' ? { ...one, type: 'integer' } : one)) },
    ],
    [
      'shows another field in it',
      { definitions: DEFINITIONS.map((one) => (one.name === 'Color' ? { ...one, description: 'Other.' } : one)) },
    ],
  ])('that %s is asked for whole objects, and at once the next time', async (_, contents) => {
    expect(await asked(['.metadata.name', '.spec.color'], contents)).toEqual([
      ['table None 5000', 'list 500'],
      ['list 500'],
    ])
  })

  it.each(['Created', 'Generation'])('that lacks the column %s is asked for metadata', async (name) => {
    const field = name === 'Created' ? '.metadata.creationTimestamp' : '.metadata.generation'
    expect(await asked(['.metadata.name', field], without(name))).toEqual([
      ['table None 5000', 'table Metadata 500'],
      ['table Metadata 500'],
    ])
  })

  it('that lacks the namespace is asked for metadata if it lists all namespaces', async () => {
    const fields = ['.metadata.name', '.metadata.namespace']
    expect(await asked(fields, without('Namespace'))).toEqual([['table None 5000'], ['table None 5000']])
    expect(await asked(fields, { ...without('Namespace'), isEverywhere: true })).toEqual([
      ['table None 5000', 'table Metadata 500'],
      ['table Metadata 500'],
    ])
  })

  it('that lacks what nobody asks for is not asked otherwise', async () => {
    expect(await asked(['.metadata.name'], without('Color'))).toEqual([['table None 5000'], ['table None 5000']])
  })

  it('is asked again after a minute', async () => {
    const fields = ['.metadata.name', '.spec.color']
    expect((await asked(fields, without('Color'), 59_999))[1]).toEqual(['list 500'])
    expect((await asked(fields, without('Color'), 60_000))[1]).toEqual(['table None 5000', 'list 500'])
  })

  it('or that knows no tables is asked for whole objects', async () => {
    expect(await asked(['.metadata.name'], { isWhole: true })).toEqual([['table None 5000', 'list 500'], ['list 500']])
  })
})

describe('a reader of summaries', () => {
  it('reads what they show', async () => {
    const { collection, asked } = collectionOf()
    const shown = COLUMNS.filter(({ type, jsonPath }) => type !== 'date' && !jsonPath.includes('list'))
    const resource = { ...collection.resource, columns: shown }
    const one = { ...collection, resource } as unknown as Collection<Resource>
    const page = await summaryReader({} as Environment, [one])?.(one, { limit: 9 })
    expect(page?.items).toEqual([
      {
        apiVersion: 'g/v1',
        kind: 'Thing',
        metadata: METADATA,
        spec: { color: 'red', size: 7 },
        status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] },
      },
    ])
    expect(asked).toEqual(['table Metadata 9'])
  })

  it('is none if that takes whole objects', () => {
    expect(summaryReader({} as Environment, [collectionOf().collection])).toBeUndefined()
  })
})
