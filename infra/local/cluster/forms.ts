/**
 * The shorter forms of a list: Table and PartialObjectMetadataList.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources}
 */
import { columnValue } from '../../../shared/resource/columns.ts'
import { isFields } from './json.ts'
import type { Column, Kind } from './kind.ts'
import type { ObjectList } from './list.ts'
import type { KubeObject } from './object.ts'
import { badRequest } from './status.ts'

const UNCONVERTIBLE = 'Unable to convert to Table as requested: includeObject'
const META = { apiVersion: 'meta.k8s.io/v1' }

/**
 * The list in the form that `Accept` asks for first (`application/json;as=Table;v=v1;g=meta.k8s.io`).
 * @param query - `includeObject`: what each row of a table has of its object: `Metadata` (default), `None` or `Object`
 * @throws {StatusError} 400 for another `includeObject`
 */
export function inForm(kind: Kind, list: ObjectList, accept: string, query: URLSearchParams): object {
  const [first = ''] = accept.split(',', 1)
  const parameters = new Set(first.split(';').map((part) => part.trim()))
  if (!parameters.has('g=meta.k8s.io') || !parameters.has('v=v1')) return list
  const items = list.items as readonly KubeObject[]
  const { continue: token, ...rest } = list.metadata
  const metadata = token === '' ? rest : list.metadata
  if (parameters.has('as=PartialObjectMetadataList')) {
    return { kind: 'PartialObjectMetadataList', ...META, metadata, items: items.map(partial) }
  }
  if (!parameters.has('as=Table')) return list
  const include = query.get('includeObject') || 'Metadata'
  if (!['None', 'Metadata', 'Object'].includes(include))
    throw badRequest(
      `${UNCONVERTIBLE}: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
    )
  return {
    kind: 'Table',
    ...META,
    metadata,
    columnDefinitions: [NAME, ...kind.columns.map(definition)],
    rows: items.map((item) => ({
      cells: [item.metadata.name, ...kind.columns.map((column) => cell(column, item))],
      object: include === 'None' ? null : include === 'Metadata' ? partial(item) : item,
    })),
  }
}

const NAME = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  priority: 0,
}

function definition({ name, type, format = '', description = '', jsonPath, priority = 0 }: Column): object {
  const path = `Custom resource definition column (in JSONPath format): ${jsonPath}`
  return { name, type, format, description: description === '' ? path : description, priority }
}

function partial({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', ...META, metadata }
}

/** A column of type string shows any value, those of other types only a value of their type. */
function cell(column: Column, object: KubeObject): unknown {
  const value = columnValue(column, object)
  if (value === null) return null
  switch (column.type) {
    case 'string':
      return typeof value === 'string'
        ? value
        : isFields(value) || Array.isArray(value)
          ? JSON.stringify(value)
          : `${value}`
    case 'date':
      return age(String(value))
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    default:
      return typeof value === 'number' ? value : null
  }
}

/** Seconds of the units in which ages are shown. */
const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 86_400, 31_536_000]

/** How long ago a time was, as `kubectl` shows it: `5m30s`, `3h`, `12d`. */
function age(time: string): string {
  const then = Date.parse(time)
  if (Number.isNaN(then)) return '<invalid>'
  const seconds = Math.floor((Date.now() - then) / 1000)
  if (seconds < 0) return '0s'
  const parts = (unit: number, name: string, smaller: number, small: string): string => {
    const rest = Math.floor((seconds % unit) / smaller)
    return `${Math.floor(seconds / unit)}${name}${rest === 0 ? '' : `${rest}${small}`}`
  }
  if (seconds < 2 * MINUTE) return `${seconds}s`
  if (seconds < 10 * MINUTE) return parts(MINUTE, 'm', 1, 's')
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`
  if (seconds < 8 * HOUR) return parts(HOUR, 'h', MINUTE, 'm')
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`
  if (seconds < 8 * DAY) return parts(DAY, 'd', HOUR, 'h')
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`
  return seconds < 8 * YEAR ? parts(YEAR, 'y', DAY, 'd') : `${Math.floor(seconds / YEAR)}y`
}
