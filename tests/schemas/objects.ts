/** Random objects for a CRD's schema, valid and invalid. */
import fc from 'fast-check'
import type { SchemaNode } from '../../infra/bundle/generate/crd.ts'
import { toJavaScript } from '../../infra/bundle/generate/pattern.ts'
import formats from './formats.json' with { type: 'json' }

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Texts that match each format or nearly do. */
const FORMATTED = new Map(
  Object.entries(formats).map(([format, { accepted, refused }]) => [format, [...accepted, ...refused]]),
)

const JUNK: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(
    null,
    true,
    false,
    '',
    'x',
    'true',
    '0',
    '1Gi',
    'a'.repeat(300),
    0,
    1,
    -1,
    1.5,
    -0.5,
    1e21,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    2 ** 62,
    2 ** 63,
    -(2 ** 63),
    1e300,
    [],
    {},
    [null],
    [{}],
    [[]],
    [''],
    { a: 1 },
    { name: 'x' },
    { name: null },
    ['x', 'x'],
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
)

/**
 * Returns values of a schema, most of them valid.
 * @param node - Of a CRD
 */
function valuesOf(node: SchemaNode): fc.Arbitrary<Json> {
  if (node['x-kubernetes-int-or-string'] === true)
    return fc.oneof(integers(node), strings(node), fc.constantFrom('1', '100m', '1Gi', '0.5'))
  if (node.enum !== undefined) return fc.constantFrom(...(node.enum as Json[]))
  switch (node.type) {
    case 'string':
      return strings(node)
    case 'integer':
      return integers(node)
    case 'number':
      return fc.oneof(integers(node), fc.double({ min: node.minimum ?? -1e6, max: node.maximum ?? 1e6, noNaN: true }))
    case 'boolean':
      return fc.boolean()
    case 'array':
      return lists(node)
    case 'object':
      return node.properties === undefined ? maps(node) : records(node)
    default:
      return JUNK
  }
}

function strings({ pattern, format, minLength = 0, maxLength = 60 }: SchemaNode): fc.Arbitrary<string> {
  // Letters beyond ASCII depend on the version of Unicode, on which formats depend.
  const unit = format === undefined ? 'binary' : 'binary-ascii'
  const free = fc.string({ unit, minLength, maxLength: Math.min(maxLength, minLength + 20) })
  const formatted = FORMATTED.get(format ?? '')
  if (pattern === undefined)
    return formatted === undefined ? free : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...formatted) }, free)
  const matching = matchesOf(pattern).map((text) => [...text].slice(0, maxLength).join(''))
  return formatted === undefined
    ? matching
    : fc.oneof({ weight: 3, arbitrary: matching }, fc.constantFrom(...formatted))
}

function matchesOf(pattern: string): fc.Arbitrary<string> {
  // fast-check does not support word boundaries.
  if (pattern.includes('\\b')) return fc.constantFrom('word', 'a word b', 'sword', 'wordé', 'ewörd', 'word_', '-word-')
  return fc.stringMatching(new RegExp(toJavaScript(pattern), 'u'))
}

function integers({ minimum = -1000, maximum = Math.max(minimum, 1000) }: SchemaNode): fc.Arbitrary<number> {
  const [min, max] = [Math.ceil(minimum), Math.min(Math.floor(maximum), Number.MAX_SAFE_INTEGER)]
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max))
}

function lists(node: SchemaNode): fc.Arbitrary<Json[]> {
  const items = valuesOf(node.items ?? {})
  const minLength = node.minItems ?? 0
  const maxLength = Math.min(node.maxItems ?? 4, minLength + 3)
  const keys = node['x-kubernetes-list-map-keys']
  if (node['x-kubernetes-list-type'] === 'atomic' || node['x-kubernetes-list-type'] === undefined)
    return fc.array(items, { minLength, maxLength })
  const identity = (item: Json): string =>
    JSON.stringify(
      keys === undefined
        ? item
        : keys.map((key) => (typeof item === 'object' && item !== null && !Array.isArray(item) ? item[key] : item)),
    )
  return fc.uniqueArray(items, { minLength: Math.min(minLength, 3), maxLength, selector: identity })
}

function maps({ additionalProperties, minProperties = 0, maxProperties = 4 }: SchemaNode): fc.Arbitrary<Json> {
  const values = typeof additionalProperties === 'object' ? valuesOf(additionalProperties) : JUNK
  const keys = fc.constantFrom(
    'a',
    'b',
    'edc.hostname',
    'tx.iam.id',
    'web.http.port',
    'constructor',
    '__proto__',
    'ü',
    '',
  )
  return fc
    .uniqueArray(fc.tuple(keys, values), {
      minLength: minProperties,
      maxLength: Math.min(maxProperties, minProperties + 3),
      selector: ([key]) => key,
    })
    .map((entries) => Object.fromEntries(entries))
}

function records(node: SchemaNode): fc.Arbitrary<Json> {
  const properties = Object.entries(node.properties ?? {})
  const isNeeded = (name: string, property: SchemaNode): boolean =>
    node.required?.includes(name) === true && property.default === undefined
  // Only a few of many fields, so that most objects are valid.
  const sometimes = fc.nat(Math.max(properties.length, 16) - 1).map((chance) => chance < 8)
  const entries = properties.map(([name, property]) =>
    fc.tuple(isNeeded(name, property) ? fc.constant(true) : sometimes, fc.constant(name), valuesOf(property)),
  )
  return fc
    .tuple(...entries)
    .map((all) => Object.fromEntries(all.flatMap(([isThere, name, value]) => (isThere ? [[name, value]] : []))))
}

/** A change of a value somewhere in an object. */
interface Mutation {
  readonly at: number
  readonly how: 'delete' | 'null' | 'junk' | 'unknown' | 'repeat' | 'wrap' | 'tweak'
  readonly junk: Json
  readonly edit: number
}

const MUTATIONS: fc.Arbitrary<Mutation[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Mutation[]>([]) },
  {
    weight: 3,
    arbitrary: fc.array(
      fc.record<Mutation>({
        at: fc.nat(),
        how: fc.constantFrom<Mutation['how'][]>(
          'delete',
          'null',
          'junk',
          'unknown',
          'repeat',
          'repeat',
          'wrap',
          'tweak',
          'tweak',
          'tweak',
        ),
        junk: JUNK,
        edit: fc.nat(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
)

const STRING_EDITS: readonly ((text: string) => string)[] = [
  (text) => `${text}\n`,
  (text) => `${text}é`,
  (text) => `𝒳${text}`,
  (text) => `-${text}`,
  (text) => `${text}.`,
  (text) => ` ${text}`,
  (text) => text.toUpperCase(),
  (text) => text.slice(1),
  (text) => text.slice(0, -1),
  (text) => text.repeat(20),
  (text) => `${text}${text.at(-1) ?? 'a'}`,
  () => '',
  (text) => `${text}\u2028`,
  (text) => `${text}\ud800`,
  (text) => text.replace(/[a-z]/, '\u0131'),
  (text) => `${text.slice(0, 3)}%${text.slice(3)}`,
  (text) => `${text}@`,
  (text) => text.replace(/\d/, '٣'),
]
const NUMBER_EDITS: readonly ((value: number) => number)[] = [
  (n) => n + 1,
  (n) => n - 1,
  (n) => -n,
  (n) => n + 0.5,
  (n) => n * 1000,
  () => 2 ** 31,
  () => 2 ** 31 - 1,
  () => -(2 ** 31),
  () => 2 ** 53 + 2,
  () => 2 ** 63,
  () => 2 ** 63 - 1024,
  () => 1e21,
  () => 0,
]

/** Returns the value with a mutation of one of its parts. */
function mutated(root: Json, mutation: Mutation): Json {
  const count = countParts(root)
  let remaining = mutation.at % count
  const visit = (value: Json): Json | undefined => {
    if (remaining-- === 0) return change(value, mutation)
    if (Array.isArray(value)) {
      return value.flatMap((element) => {
        const changed = visit(element)
        return changed === undefined ? [] : [changed]
      })
    }
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, entry]) => {
        const changed = visit(entry)
        return changed === undefined ? [] : [[key, changed]]
      }),
    )
  }
  return visit(root) ?? {}
}

function countParts(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, part) => sum + countParts(part), 1)
}

function change(value: Json, { how, junk, edit }: Mutation): Json | undefined {
  const pick = <T>(edits: readonly ((value: T) => T)[]): ((value: T) => T) =>
    edits[edit % edits.length] ?? ((same) => same)
  switch (how) {
    case 'delete':
      return undefined
    case 'null':
      return null
    case 'junk':
      return junk
    case 'wrap':
      return [value]
    case 'unknown':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value, somethingUnknown: junk }
        : value
    case 'repeat':
      return Array.isArray(value) && value.length > 0
        ? [...value, repeated(value[edit % value.length] ?? null, junk)]
        : value
    case 'tweak':
      if (typeof value === 'string') return pick(STRING_EDITS)(value)
      if (typeof value === 'number') return pick(NUMBER_EDITS)(value)
      return value
  }
}

/** Repeats an item, sometimes with other fields next to its keys. */
function repeated(element: Json, junk: Json): Json {
  return typeof element === 'object' &&
    element !== null &&
    !Array.isArray(element) &&
    typeof junk === 'object' &&
    junk !== null &&
    !Array.isArray(junk)
    ? { ...junk, ...element }
    : element
}

/**
 * Returns specs for a CRD with up to three errors each; `undefined` is an object without a spec.
 * @param spec - The schema of `.spec`
 */
export function specs(spec: SchemaNode): fc.Arbitrary<Json | undefined> {
  const some = fc.tuple(valuesOf(spec), MUTATIONS).map(([value, mutations]) => mutations.reduce(mutated, value))
  return fc.oneof({ weight: 200, arbitrary: some }, fc.constant(undefined))
}
