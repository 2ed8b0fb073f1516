/**
 * Building blocks of the generated schemas. They accept exactly what the API server's structural validation accepts.
 *
 * A message names the rule and never repeats the value. As for the API server, `null` in a field that is not nullable counts
 * as absent.
 * @see {@link https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation}
 */
import * as v from 'valibot'
import { difference } from '../misspelling.ts'
import { isObject, type JsonObject } from '../object.ts'

/**
 * Patterns and formats are not applied to longer texts, which the cluster checks. Clients choose the text, and JavaScript may
 * take quadratic time, or many nested calls, where Go takes linear time.
 */
const PATTERN_LIMIT = 4096
/** Number of errors in a list or map after which no further ones are looked for: a problem lists no more. */
const ERRORS_LIMIT = 100
/** The same for missing fields alone. */
const MISSING_LIMIT = 1_000
/**
 * By how many members a list or map may exceed its maximum and still be looked into. Of a larger one only the size is reported. The API
 * server reports errors of its members, too, but to look at so many would keep others waiting.
 */
const EXCESS_LIMIT = 100
/** Characters in which a misspelled field differs from the right one, in one place: half of a short one at most. */
const DIFFERENCE = 2
/** Fields of an object among which a misspelled one is looked for. */
const LOOKED_AT = 100

/** A schema whose output equals its input. */
export type Schema = v.GenericSchema

/** A format of strings, e.g. one of {@link ./formats.ts}. */
export interface Format {
  /** Completes "must be …". */
  readonly name: string
  matches(text: string): boolean
}

/** Rules for strings; lengths count code points. */
export interface StringRules {
  readonly minLength?: number
  readonly maxLength?: number
  /** May match anywhere in the string. */
  readonly pattern?: RegExp
  readonly format?: Format
}

/** Rules for numbers. */
export interface NumberRules {
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  /** A whole number; for integers only. */
  readonly multipleOf?: number
}

/** Rules for lists. */
export interface ListRules {
  readonly minItems?: number
  readonly maxItems?: number
  /** `set`: elements are unique. Otherwise the fields of an element that are its key, with their defaults. */
  readonly unique?: 'set' | Readonly<Record<string, string | number | boolean | undefined>>
}

/** Rules for maps. */
export interface MapRules {
  readonly minProperties?: number
  readonly maxProperties?: number
}

/** A string. */
export function string(rules: StringRules = {}): Schema {
  return v.pipe(
    v.string(typeMessage('a string')),
    v.rawCheck(({ dataset, addIssue }) => {
      if (dataset.typed) for (const message of stringErrors(dataset.value, rules)) addIssue({ message })
    }),
  )
}

/**
 * A whole number that fits into 64 bits.
 * @param rules - Bounds; `int32` asks for 32 bits
 */
export function integer(rules: NumberRules & { readonly int32?: boolean } = {}): Schema {
  const limit = rules.int32 === true ? 2 ** 31 : 2 ** 63
  // The API server reads a number that does not fit into an int64 as a float. -2^63 fits, but JSON.stringify rounds it.
  const fits = (value: number): boolean => value < limit && (value > -limit || (limit === 2 ** 31 && value === -limit))
  return v.pipe(
    v.custom<number>((value) => Number.isInteger(value), typeMessage('an integer')),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      if (!fits(dataset.value)) addIssue({ message: `must fit into ${limit === 2 ** 31 ? 32 : 64} bits` })
      for (const message of numberErrors(dataset.value, rules)) addIssue({ message })
    }),
  )
}

/** A number. */
export function number(rules: NumberRules = {}): Schema {
  return v.pipe(
    v.custom<number>((value) => typeof value === 'number', typeMessage('a number')),
    v.rawCheck(({ dataset, addIssue }) => {
      if (dataset.typed) for (const message of numberErrors(dataset.value, rules)) addIssue({ message })
    }),
  )
}

/** A whole number or a string (`x-kubernetes-int-or-string`). */
export function intOrString(rules: StringRules & NumberRules = {}): Schema {
  return v.pipe(
    v.custom<number | string>(
      (value) => typeof value === 'string' || (Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63),
      typeMessage('an integer or a string'),
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const { value } = dataset
      const messages = typeof value === 'string' ? stringErrors(value, rules) : numberErrors(value, rules)
      for (const message of messages) addIssue({ message })
    }),
  )
}

/** True or false. */
export function boolean(): Schema {
  return v.boolean(typeMessage('true or false'))
}

/** One of some strings or numbers. */
export function oneOf(...values: readonly (string | number)[]): Schema {
  return v.picklist(values, `must be one of ${values.join(', ')}`)
}

/** Any value except undefined and null. */
export function anything(): Schema {
  return v.custom((value) => value !== undefined && value !== null, 'is required')
}

/**
 * An object with known fields; unknown fields pass.
 * @param fields - Their schemas; a field is required unless it is {@link optional}
 */
export function object(fields: Readonly<Record<string, Schema>>): Schema {
  // Valibot accepts an array as an object.
  return v.pipe(v.custom<JsonObject>(isObject, typeMessage('an object')), v.looseObject(fields, missing(fields)))
}

/** The message of a missing field. It names the field that may be meant for it: the cluster would, but only once nothing is missing. */
function missing(fields: Readonly<Record<string, Schema>>): (issue: v.BaseIssue<unknown>) => string {
  return ({ path }) => {
    const [{ input: object, key: name }] = path as [v.ObjectPathItem]
    const most = Math.min(DIFFERENCE, name.length / 2)
    const meant = Object.keys(object)
      .slice(0, LOOKED_AT)
      .find((key) => !Object.hasOwn(fields, key) && difference(key, name) <= most)
    return meant === undefined ? 'is required' : `is required; it may be misspelled as ${JSON.stringify(meant)}`
  }
}

/**
 * An object whose values all have the same schema.
 * @param values - Schema of each
 */
export function map(values: Schema, rules: MapRules = {}): Schema {
  const keepsNull = v.is(values, null)
  return v.pipe(
    v.custom<JsonObject>(isObject, typeMessage('an object')),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const entries = Object.entries(dataset.value).filter(([, value]) => value !== null || keepsNull)
      const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = rules
      if (entries.length <= maxProperties + EXCESS_LIMIT) for (const issue of issuesOf(values, entries)) addIssue(issue)
      if (entries.length < minProperties) addIssue({ message: `must have at least ${plural(minProperties, 'member')}` })
      if (entries.length > maxProperties) addIssue({ message: `must have at most ${plural(maxProperties, 'member')}` })
    }),
  )
}

/**
 * A list.
 * @param items - Schema of each element
 */
export function list(items: Schema, rules: ListRules = {}): Schema {
  return v.pipe(
    v.custom<readonly unknown[]>(Array.isArray, typeMessage('a list')),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      const { value } = dataset
      const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, unique } = rules
      const isLookedAt = value.length <= maxItems + EXCESS_LIMIT
      if (isLookedAt) for (const issue of issuesOf(items, value.entries())) addIssue(issue)
      if (value.length < minItems) addIssue({ message: `must have at least ${plural(minItems, 'element')}` })
      if (value.length > maxItems) addIssue({ message: `must have at most ${plural(maxItems, 'element')}` })
      if (unique === undefined || !isLookedAt) return
      for (const key of repeated(value, unique).slice(0, ERRORS_LIMIT)) {
        addIssue({ message: 'is duplicated', path: [pathItem(key, value[key])] })
      }
    }),
  )
}

/**
 * The errors of members, each with its path and its own input. Ends soon after {@link ERRORS_LIMIT}, not counting fields that are missing:
 * an apply may leave those to other field managers.
 */
function* issuesOf(schema: Schema, members: Iterable<readonly [key: string | number, value: unknown]>) {
  let missing = 0
  let others = 0
  for (const [key, value] of members) {
    for (const { message, input, path = [] } of v.safeParse(schema, value).issues ?? []) {
      if (input === undefined) missing += 1
      else others += 1
      if (input === undefined && missing > ERRORS_LIMIT) continue
      yield { message, input, path: [pathItem(key, value), ...path] as [v.IssuePathItem, ...v.IssuePathItem[]] }
    }
    if (others >= ERRORS_LIMIT || missing >= MISSING_LIMIT) return
  }
}

function pathItem(key: string | number, value: unknown): v.IssuePathItem {
  return { type: 'unknown', origin: 'value', input: undefined, key, value }
}

/** An optional field. */
export function optional(schema: Schema): Schema {
  return v.nullish(schema)
}

/** A value that may be null. */
export function nullable(schema: Schema): Schema {
  return v.nullable(schema)
}

function typeMessage(expected: string): (issue: v.BaseIssue<unknown>) => string {
  return ({ input }) => (input === undefined ? 'is required' : `must be ${expected}`)
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function* stringErrors(given: string, { minLength, maxLength, pattern, format }: StringRules): Generator<string> {
  // The API server receives a lone surrogate as U+FFFD.
  const text = given.toWellFormed()
  if (minLength !== undefined || maxLength !== undefined) {
    let length = 0
    for (const _ of text) length += 1
    if (minLength !== undefined && length < minLength) yield `must have at least ${plural(minLength, 'character')}`
    if (maxLength !== undefined && length > maxLength) {
      yield `must have at most ${plural(maxLength, 'character')}`
      return
    }
  }
  if (text.length > PATTERN_LIMIT) return
  if (pattern !== undefined && !pattern.test(text)) yield `must match ${pattern.source}`
  if (format !== undefined && !format.matches(text)) yield `must be ${format.name}`
}

function* numberErrors(value: number, rules: NumberRules): Generator<string> {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = rules
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    yield `must be ${exclusiveMinimum ? 'more than' : 'at least'} ${minimum}`
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    yield `must be ${exclusiveMaximum ? 'less than' : 'at most'} ${maximum}`
  }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) yield `must be a multiple of ${multipleOf}`
}

function isMultiple(value: number, factor: number): boolean {
  // The API server divides the decimal text, which beyond 2^53 is not the exact value of the number.
  return Math.abs(value) < 1e21 && BigInt(String(value)) % BigInt(factor) === 0n
}

/** Indices of the elements that repeat an earlier one, one index per value. */
function repeated(elements: readonly unknown[], unique: NonNullable<ListRules['unique']>): number[] {
  // Like the API server, compares keys only if every element has them.
  if (unique !== 'set' && !elements.every((element) => element === null || isObject(element))) return []
  const seen = new Map<string, number>()
  return elements.flatMap((element, index) => {
    const identity = JSON.stringify(unique === 'set' ? element : keysOf(element, unique), withoutFields)
    const times = (seen.get(identity) ?? 0) + 1
    seen.set(identity, times)
    return times === 2 ? [index] : []
  })
}

/** Elements of sets and keys are scalars: the API server removes the fields of an object there before it compares. */
function withoutFields(_key: string, value: unknown): unknown {
  return isObject(value) ? {} : value
}

function keysOf(element: unknown, keys: Readonly<Record<string, unknown>>): unknown[] {
  if (!isObject(element)) return [element]
  return Object.entries(keys).map(([key, byDefault]) =>
    Object.hasOwn(element, key) ? (element[key] ?? byDefault) : byDefault,
  )
}
