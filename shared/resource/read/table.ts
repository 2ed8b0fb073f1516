/**
 * Reading objects by the API server's Table form: only what printer columns show, which takes a fraction of the time and bytes.
 */
import type { PrinterColumn } from '../../kind/kind.ts'
import { isObject, type KubeObject } from '../../kind/object.ts'
import type { KubeTable } from '../../kube/index.ts'
import { TtlCache } from '../../runtime/cache.ts'
import type { Environment } from '../../runtime/environment.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import type { Collection, CollectionPage } from '../collection.ts'
import { columnSetter } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { inSlices } from './in-slices.ts'
import { PAGE_SIZE, type PageReader } from './pages.ts'

/** Fields that `ready` depends on. */
export const READY_FIELDS: readonly string[] = [
  '.metadata.generation',
  '.status.observedGeneration',
  '.status.conditions[?(@.type=="Ready")].status',
]

/**
 * The fields of an object's metadata that columns have for this server, and their types. The column Age, too, is of the time of
 * creation, but as a text such as `5m`.
 */
const SERVER_COLUMNS: Readonly<Record<string, string>> = {
  '.metadata.creationTimestamp': 'string',
  '.metadata.generation': 'integer',
  '.metadata.namespace': 'string',
}

/** Whether rows have the metadata of their objects, which makes them fifteen times as large. */
export type TableForm = 'None' | 'Metadata'

/**
 * Reads what summaries show.
 * @returns `undefined` if that takes whole objects
 */
export function summaryReader(env: Environment, collections: readonly Collection<Resource>[]): PageReader | undefined {
  const fields = summaryFields(collections)
  const form = tableForm(collections, fields)
  return form && tableReader(env, form, fields)
}

/** The fields that summaries show. */
function summaryFields([first]: readonly Collection<Resource>[]): string[] {
  return ['.metadata', ...READY_FIELDS, ...(first?.resource.columns ?? []).map(({ jsonPath }) => jsonPath)]
}

/**
 * The smallest form of a table that has some fields, and those that decide whether the caller sees an object. In a cluster with
 * older CRDs it may take a larger one, which {@link tableReader} finds out.
 * @param collections - Of one kind
 * @param fields - JSONPaths as in printer columns
 * @returns `undefined` if the fields take whole objects
 */
export function tableForm(
  collections: readonly Collection<Resource>[],
  fields: readonly string[],
): TableForm | undefined {
  const forms = collections.map((collection) => {
    const { decisiveFields } = collection
    return decisiveFields && formOf(collection, [...fields, ...decisiveFields])
  })
  return forms.includes(undefined) ? undefined : forms.includes('Metadata') ? 'Metadata' : 'None'
}

function formOf({ resource }: Collection<Resource>, fields: readonly string[]): TableForm | undefined {
  const needed = fields.filter((field) => !isShown(resource, field))
  if (needed.every((field) => field === '.metadata.name' || field in SERVER_COLUMNS)) return 'None'
  return needed.every((field) => /^\.metadata\b/.test(field)) ? 'Metadata' : undefined
}

/** Whether a column shows a field. Ages are shown as texts, and of a list only one entry is. */
function isShown({ columns }: Resource, field: string): boolean {
  return columns.some(({ type, jsonPath }) => jsonPath === field && type !== 'date' && !/\[[\d*]/.test(jsonPath))
}

/** Fields of a kind that are in none of its columns in the cluster, whose CRD may be older than ours. */
const lacking = perEnvironment(() => new TtlCache<readonly string[]>(100))
/** TTL in milliseconds: a changed CRD goes unnoticed for that long. */
const LACKING_TTL_MS = 60_000

/**
 * Reads sparse objects: with their metadata where the cluster's columns lack only fields of the metadata, or whole ones where they
 * lack other fields.
 * @param smallest - Form that has the fields if the cluster's CRD is as ours
 * @param fields - JSONPaths that sparse objects must have
 */
export function tableReader(env: Environment, smallest: TableForm, fields: readonly string[]): PageReader {
  return async (collection, options) => {
    const { resource, isEverywhere } = collection
    const { plural } = resource
    const needed = [...fields, ...(collection.decisiveFields ?? [])].filter(
      (field) => isEverywhere || field !== '.metadata.namespace',
    )
    const fewer = { ...options, limit: Math.min(options.limit, PAGE_SIZE) }
    const read = async (form: TableForm): Promise<CollectionPage | undefined> => {
      const isNeeded = (field: string) => needed.includes(field) && (form === 'None' || !(field in SERVER_COLUMNS))
      if (lacking(env).get(plural)?.some(isNeeded)) return undefined
      const table = await collection.unfiltered.table(form === 'None' ? options : fewer, form)
      const columns = placesIn(resource, table)
      const missing = columns.flatMap(({ index, jsonPath }) => (index < 0 ? [jsonPath] : []))
      if (!('rows' in table) || missing.some(isNeeded)) {
        lacking(env).set(plural, missing, LACKING_TTL_MS)
        return undefined
      }
      const objectOf = reading(
        collection,
        columns.filter(({ jsonPath }) => needed.includes(jsonPath)),
      )
      const items: KubeObject[] = []
      for await (const rows of inSlices(table.rows, collection.call.slices)) {
        items.push(...rows.flatMap((row) => collection.see(objectOf(row)) ?? []))
      }
      return { metadata: table.metadata, bytes: table.bytes, items, read: table.rows.length, isSparse: true }
    }
    for (const form of new Set<TableForm>([smallest, 'Metadata'])) {
      const page = await read(form)
      if (page !== undefined) return page
    }
    return collection.page(fewer)
  }
}

interface TableColumn {
  readonly jsonPath: string
  /** Index of its cell in each row; -1 if the table lacks it. */
  readonly index: number
}

/** Where a table has the name and the columns. None of them if the API server answers with whole objects. */
function placesIn({ columns }: Resource, table: object): readonly TableColumn[] {
  const definitions = 'columnDefinitions' in table ? (table as KubeTable).columnDefinitions : []
  return [
    { jsonPath: '.metadata.name', index: definitions.findIndex(({ format }) => format === 'name') },
    ...Object.entries(SERVER_COLUMNS).map(([jsonPath, ofType]) => ({
      jsonPath,
      index: definitions.findIndex(
        ({ type, description }) => type === ofType && description === descriptionOf({ jsonPath }),
      ),
    })),
    ...columns
      .filter(({ type }) => type !== 'date')
      .map((column) => ({
        jsonPath: column.jsonPath,
        // The description distinguishes a column of another path, which must not decide about order or visibility.
        index: definitions.findIndex(
          ({ name, type, description }) =>
            name === column.name && type === column.type && description === descriptionOf(column),
        ),
      })),
  ]
}

/** The description of a column in tables; the API server makes one for a column that has none. */
function descriptionOf({
  jsonPath,
  description = `Custom resource definition column (in JSONPath format): ${jsonPath}`,
}: Pick<PrinterColumn, 'jsonPath' | 'description'>): string {
  return description
}

/** Makes a sparse object of a row, with the columns that the table has. */
function reading(
  { resource, namespace, isEverywhere }: Collection<Resource>,
  columns: readonly TableColumn[],
): (row: KubeTable['rows'][number]) => KubeObject {
  const { group, version, kind } = resource
  const setters = columns.map(({ jsonPath, index }) => ({ index, set: columnSetter(jsonPath) }))
  return ({ cells, object }) => {
    const sparse: KubeObject = {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: object?.metadata ?? { ...(!isEverywhere && { namespace }) },
    }
    for (const { set, index } of setters) {
      const value = cells[index]
      if (value !== undefined && value !== null && !isObject(value)) set(sparse, value)
    }
    return sparse
  }
}
