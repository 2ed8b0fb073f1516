/**
 * Compares the answers of the two servers, except for what must differ.
 */
import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../shared/kind/object.ts'
import type { Answer } from './client.ts'

/**
 * Returns an answer without times, uids and versions, which differ between servers.
 * @param namespace - Of the scenario; may appear in messages
 */
export function comparable({ status, type, warnings, body }: Answer): unknown {
  return { status, type: type.split(';', 1)[0], warnings, body: withoutRepetition(neutral(body)) }
}

/** A message about several errors lists them in an order that is random in the real server. */
function withoutRepetition(body: unknown): unknown {
  const { details, ...rest } = body as { details?: { causes?: unknown[] }; message?: string }
  return (details?.causes?.length ?? 0) > 1 ? { ...rest, details, message: '<causes>' } : body
}

/** Returns status, reason and invalid fields of an answer that has another wording. */
export function outline(answer: Answer): unknown {
  const body = neutral(answer.body) as { reason?: unknown; details?: { causes?: { field?: unknown }[] } } | string
  if (typeof body === 'string') return { status: answer.status }
  return { status: answer.status, reason: body.reason, fields: (body.details?.causes ?? []).map(({ field }) => field) }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const RECORDED_VERSION = /(in record) \(\d+\)/g
const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g
/** Cells of tables about times that have just been. */
const AGE = /^\d{1,2}s$/
/** Generated names of the tests start with `gen-` or `Abc-`. */
const GENERATED = /\b(gen|Abc)-[a-z0-9]{5}\b/g
const BY_SERVER: Readonly<Record<string, string>> = { resourceVersion: '<version>', continue: '<token>' }

function neutral(value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .replace(UUID, '<uid>')
      .replace(RECORDED_VERSION, '$1 (<version>)')
      .replace(TIME, '<time>')
      .replace(AGE, '<age>')
      .replace(GENERATED, '$1-<generated>')
  if (Array.isArray(value)) return value.map(neutral)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    if (typeof field === 'string' && field !== '' && BY_SERVER[name] !== undefined) return [[name, BY_SERVER[name]]]
    if (name === 'causes' && Array.isArray(field)) return [[name, inOrder(field.map(neutral), text)]]
    // A cache's hash, and a verb that is unused here.
    if (name === 'storageVersionHash') return []
    if (name === 'verbs' && Array.isArray(field)) return [[name, field.filter((verb) => verb !== 'deletecollection')]]
    if (name === 'resources' && Array.isArray(field)) return [[name, inOrder(field.map(neutral), text)]]
    if (name === 'managedFields' && Array.isArray(field)) return [[name, inOrder(field.map(neutral), managerOf)]]
    return [[name, neutral(field)]]
  })
  return Object.fromEntries(entries)
}

/** The real server visits fields in random order, and sorts managers by time. */
function inOrder(values: unknown[], key: (value: unknown) => string): unknown[] {
  return values.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function text(value: unknown): string {
  return JSON.stringify(value)
}

function managerOf(value: unknown): string {
  const { operation, manager, subresource } = value as Record<string, unknown>
  return [operation, manager, subresource].join(' ')
}

/**
 * Returns status, reason and invalid fields of an answer to a random object. Quotes are as in Go, and a format next to a pattern
 * may cause an additional error.
 */
export function verdict(answer: Answer): unknown {
  const { fields, ...rest } = outline(answer) as { fields?: string[] }
  return { ...rest, fields: [...new Set(fields)].filter((field) => field !== '<nil>').sort() }
}

/** Returns one line for each difference between two values. */
export function differences(real: unknown, local: unknown, path = ''): string[] {
  if (isDeepStrictEqual(real, local)) return []
  const bothLists = Array.isArray(real) && Array.isArray(local)
  if (!bothLists && !(isObject(real) && isObject(local))) {
    return [`${path === '' ? '.' : path}\n    real:  ${JSON.stringify(real)}\n    local: ${JSON.stringify(local)}`]
  }
  const names = [...new Set([...Object.keys(real as object), ...Object.keys(local as object)])]
  return names.flatMap((name) =>
    differences((real as Record<string, unknown>)[name], (local as Record<string, unknown>)[name], `${path}.${name}`),
  )
}
