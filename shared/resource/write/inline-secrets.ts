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
  for (const secret of secretsIn(partsOf(wanted))) {
    known ??= new Set([...secretsIn(current === undefined ? {} : partsOf(current))].map(identity))
    if (!known.has(identity(secret))) yield { pointer: toPointer(secret.path), detail: secret.detail }
  }
}

/** A text that looks like a secret. */
interface Secret {
  readonly path: readonly string[]
  readonly value: string
  readonly detail: string
}

function partsOf(object: { metadata?: unknown; spec?: unknown }): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  return { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec: object.spec }
}

/** The members of a list or an object, and how many of them have been looked at. */
interface Level {
  readonly members: Readonly<Record<string, unknown>>
  /** Absent for a list. */
  readonly keys: readonly string[] | undefined
  readonly size: number
  index: number
}

/** All texts that look like secrets. Generators within each other would take a step on each level for each text. */
function* secretsIn(value: JsonObject): Generator<Secret> {
  const path: string[] = []
  const above: Level[] = []
  for (let level: Level | undefined = levelOf(value); level !== undefined; ) {
    if (level.index === level.size) {
      level = above.pop()
      path.pop()
      continue
    }
    const key: string = level.keys?.[level.index] ?? String(level.index)
    const member: unknown = level.members[key]
    level.index += 1
    path.push(key)
    const below = levelOf(member)
    if (below !== undefined) {
      above.push(level)
      level = below
      continue
    }
    const detail = typeof member === 'string' ? errorIn(key, member) : undefined
    if (detail !== undefined) yield { path: [...path], value: String(member), detail }
    path.pop()
  }
}

function levelOf(value: unknown): Level | undefined {
  if (Array.isArray(value)) return { members: value as never, keys: undefined, size: value.length, index: 0 }
  if (!isObject(value)) return undefined
  const keys = Object.keys(value)
  return { members: value, keys, size: keys.length, index: 0 }
}

function identity({ path, value }: Secret): string {
  return JSON.stringify([path, value])
}

function errorIn(key: string, value: string): string | undefined {
  const what = SECRET_VALUES.find(([pattern]) => pattern.test(value))?.[1]
  if (what !== undefined) return `must not hold ${what}; refer to a Secret instead`
  if (value === '' || !SECRET_KEY.test(key)) return undefined
  return 'must not hold a secret, which its name suggests it does; refer to a Secret instead'
}
