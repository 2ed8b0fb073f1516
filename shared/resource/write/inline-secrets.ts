/**
 * Secrets are given by reference only. What looks like one, in a map whose keys the client chooses or anywhere else, is
 * refused before it is stored: a custom object is readable by many more than a Secret is.
 * @module
 */
import { toPointer } from '../../http/pointer.ts'
import type { FieldError } from '../../http/problem.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'

/** Names of values that are secrets, as the last word of a key. A reference such as `clientSecret: {…}` is no text. */
const SECRET_KEY =
  /(password|passwd|passphrase|secret|token|api[-_.]?key|(private|secret|access)[-_.]?key|credentials?)$/i
/** Texts that are secrets under whatever name. */
const SECRET_VALUES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  // Looked for from the beginning of each word only: from every "eyJ" within one it would take forever.
  [/(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/, 'a signed token'],
  [/\bhv[sbr]\.[\w-]{20,}/, 'a Vault token'],
  [/:\/\/[^/\s:@]{1,256}:[^/\s@]{1,256}@/, 'an address with a password'],
]

/**
 * The places of an object that hold what looks like a secret. What is stored already, e.g. by kubectl, may stay.
 * @param wanted - What the client wants
 * @param current - What is stored
 */
export function inlineSecretErrors(wanted: JsonObject, current?: KubeObject): FieldError[] {
  const known = new Set(current === undefined ? [] : [...texts(partsOf(current), [])].map(identity))
  return [...texts(partsOf(wanted), [])].filter((text) => !known.has(identity(text))).flatMap(faultOf)
}

interface Text {
  readonly path: readonly string[]
  readonly value: string
}

function partsOf(object: { metadata?: unknown; spec?: unknown }): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  return { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec: object.spec }
}

function* texts(value: unknown, path: readonly string[]): Generator<Text> {
  if (typeof value === 'string') yield { path, value }
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* texts(item, [...path, `${index}`])
  else if (isObject(value)) for (const [key, member] of Object.entries(value)) yield* texts(member, [...path, key])
}

function identity({ path, value }: Text): string {
  return JSON.stringify([path, value])
}

function faultOf({ path, value }: Text): FieldError[] {
  const pointer = toPointer(path)
  const what = SECRET_VALUES.find(([pattern]) => pattern.test(value))?.[1]
  if (what !== undefined) return [{ pointer, detail: `must not hold ${what}; refer to a Secret instead` }]
  if (value === '' || !SECRET_KEY.test(path.at(-1) ?? '')) return []
  return [{ pointer, detail: 'must not hold a secret, as its name says it does; refer to a Secret instead' }]
}
