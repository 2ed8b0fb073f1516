/**
 * Sets of fields, as in `metadata.managedFields`.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#fieldsv1}
 */
import { type Fields, isFields, same } from './json.ts'
import { METADATA_SCHEMA } from './metadata-schema.ts'
import { propertySchema, type Schema } from './schema.ts'

/** Paths, each written as the JSON of its elements: `f:<field>`, `k:<keys of an item>`, `v:<value of an item>`. */
export type FieldSet = ReadonlySet<string>

type Path = readonly string[]

/** Fields of `metadata` without a manager: they belong to the server or identify the object. */
const UNMANAGED_METADATA = [
  'name',
  'namespace',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'managedFields',
]

/** All paths without a manager. */
const UNMANAGED: FieldSet = new Set(
  [[], ['apiVersion'], ['kind'], ['metadata'], ...UNMANAGED_METADATA.map((name) => ['metadata', name])].map((names) =>
    JSON.stringify(names.map((name) => `f:${name}`)),
  ),
)

/** The schema of an object, including its metadata. */
export function objectSchema(schema: Schema | undefined): Schema {
  return { ...schema, type: 'object', properties: { ...schema?.properties, metadata: METADATA_SCHEMA } }
}

/** The fields that an applied object sets: leaves, list items and map entries. */
export function fieldsOf(object: unknown, schema: Schema): FieldSet {
  const set = new Set<string>()
  collect(object, schema, [], set)
  return managed(set)
}

function collect(value: unknown, schema: Schema | undefined, path: Path, set: Set<string>): void {
  const children = childrenOf(value, schema)
  if (children === undefined || children.size === 0) set.add(JSON.stringify(path))
  for (const [element, { value: child, schema: below, entry }] of children ?? []) {
    const at = [...path, element]
    if (entry) set.add(JSON.stringify(at))
    collect(child, below, at, set)
  }
}

/** The fields that a change affected. */
export interface Difference {
  /** Fields that were added or changed. */
  readonly changed: FieldSet
  readonly removed: FieldSet
}

/** Compares an object before and after a change. */
export function difference(before: unknown, after: unknown, schema: Schema): Difference {
  const changed = new Set<string>()
  const removed = new Set<string>()
  walk(before, after, schema, [], changed, removed)
  return { changed: managed(changed), removed: managed(removed) }
}

function walk(
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
  path: Path,
  changed: Set<string>,
  removed: Set<string>,
): void {
  if (same(before, after)) return
  const old = childrenOf(before, schema)
  const now = childrenOf(after, schema)
  if (before === undefined || (after !== undefined && (old === undefined || now === undefined))) {
    changed.add(JSON.stringify(path))
  }
  if (after === undefined) removed.add(JSON.stringify(path))
  for (const element of new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])) {
    const child = now?.get(element) ?? old?.get(element)
    walk(old?.get(element)?.value, now?.get(element)?.value, child?.schema, [...path, element], changed, removed)
  }
}

interface Child {
  readonly value: unknown
  readonly schema: Schema | undefined
  /** Whether it is a list item or map entry rather than a declared field. */
  readonly entry: boolean
}

/** The members of a value; undefined if it is managed as a whole. */
export function childrenOf(value: unknown, schema: Schema | undefined): Map<string, Child> | undefined {
  if (Array.isArray(value)) {
    if (!isGranularList(schema)) return undefined
    return new Map(
      value.map((item) => [itemElement(item, schema), { value: item, schema: schema?.items, entry: true }]),
    )
  }
  if (!isFields(value) || schema?.['x-kubernetes-map-type'] === 'atomic') return undefined
  return new Map(
    Object.entries(value).map(([name, field]) => {
      const entry = schema?.properties === undefined || !Object.hasOwn(schema.properties, name)
      return [`f:${name}`, { value: field, schema: propertySchema(schema, name), entry }]
    }),
  )
}

/** Whether the items of a list are managed one by one. */
export function isGranularList(schema: Schema | undefined): boolean {
  const type = schema?.['x-kubernetes-list-type']
  return type === 'map' || type === 'set'
}

/** The path element of an item. */
export function itemElement(item: unknown, schema: Schema | undefined): string {
  const keys = schema?.['x-kubernetes-list-map-keys']
  if (keys === undefined || !isFields(item)) return `v:${JSON.stringify(item)}`
  const values = [...keys].sort().flatMap((key) => (Object.hasOwn(item, key) ? [[key, item[key]]] : []))
  return `k:${JSON.stringify(Object.fromEntries(values))}`
}

function managed(set: ReadonlySet<string>): FieldSet {
  return new Set([...set].filter((path) => !UNMANAGED.has(path)))
}

/** A path for messages: `.spec.byId[id="a"].value`. */
export function fieldPath(path: string): string {
  return (JSON.parse(path) as string[])
    .map((element) => {
      const text = element.slice(2)
      if (element.startsWith('f:')) return `.${text}`
      if (element.startsWith('v:')) return `[=${text}]`
      const keys = Object.entries(JSON.parse(text) as Fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      return `[${keys.join(',')}]`
    })
    .join('')
}

/** Converts a set to FieldsV1. */
export function toFieldsV1(set: FieldSet): Fields {
  const root: Fields = {}
  const paths = [...set].sort()
  for (const path of paths) {
    let node = root
    for (const element of JSON.parse(path) as string[]) {
      const below = isFields(node[element]) ? node[element] : {}
      node[element] = below
      node = below
    }
  }
  markMembers(root, [], set)
  return root
}

/** Marks a member that has others below it with a dot. */
function markMembers(node: Fields, path: Path, set: FieldSet): void {
  const children = Object.entries(node)
  if (children.length > 0 && path.length > 0 && set.has(JSON.stringify(path))) node['.'] = {}
  for (const [element, below] of children) markMembers(below as Fields, [...path, element], set)
}

/** Converts FieldsV1 to a set. */
export function fromFieldsV1(fields: Fields, path: Path = [], set = new Set<string>()): Set<string> {
  const elements = Object.keys(fields)
  if (path.length > 0 && (elements.length === 0 || elements.includes('.'))) set.add(JSON.stringify(path))
  for (const element of elements) {
    const below = fields[element]
    if (element !== '.' && isFields(below)) fromFieldsV1(below, [...path, element], set)
  }
  return set
}
