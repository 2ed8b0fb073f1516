/**
 * Secrets must be given by reference. A value that looks like a secret is refused anywhere in an object, because more people
 * can read a custom object than a Secret.
 */
import { toPointer } from '../../http/pointer.ts'
import { type FieldError, firstErrors } from '../../http/problem.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'

/** Names of values that are secrets, as the last word of a key. A reference such as `clientSecret: {…}` is not a string. */
const SECRET_KEY =
  /(password|passwd|passphrase|secret|token|api[-_.]?key|(private|secret|access)[-_.]?key|credentials?)$/i
/** Values that are secrets whatever their name. */
const SECRET_VALUES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  // Matching only at the start of a word keeps this linear.
  [/(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/, 'a signed token'],
  [/\bhv[sbr]\.[\w-]{20,}/, 'a Vault token'],
  [/:\/\/[^/\s:@]{1,256}:[^/\s@]{1,256}@/, 'an address with a password'],
]

/**
 * Errors for values that look like secrets. Values that are already stored, e.g. by kubectl, are allowed.
 * @param wanted - The new object
 * @param current - The stored object
 */
export function inlineSecretErrors(wanted: JsonObject, current?: KubeObject): FieldError[] {
  return firstErrors(newSecrets(wanted, current))
}

function* newSecrets(wanted: JsonObject, current: KubeObject | undefined): Generator<FieldError> {
  let known: Set<string> | undefined
  for (const text of texts(partsOf(wanted), [])) {
    const detail = errorIn(text)
    if (detail === undefined) continue
    known ??= new Set([...texts(current === undefined ? {} : partsOf(current), [])].map(identity))
    if (!known.has(identity(text))) yield { pointer: toPointer(text.path), detail }
  }
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

function errorIn({ path, value }: Text): string | undefined {
  const what = SECRET_VALUES.find(([pattern]) => pattern.test(value))?.[1]
  if (what !== undefined) return `must not hold ${what}; refer to a Secret instead`
  if (value === '' || !SECRET_KEY.test(path.at(-1) ?? '')) return undefined
  return 'must not hold a secret, which its name suggests it does; refer to a Secret instead'
}
