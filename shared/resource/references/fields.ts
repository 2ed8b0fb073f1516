/**
 * References: fields of an object that name other objects.
 */
import type { Kind } from '../../kind/kind.ts'
import { isObject } from '../../kind/object.ts'
import { type Environment, platformNamespace } from '../../runtime/environment.ts'
import { KINDS } from '../../schemas/kinds.ts'

/** A reference of an object. */
export interface Reference {
  /** The field, as the references of the kind name it, e.g. `cells[]`. */
  readonly field: string
  /** Path of the field, e.g. `['spec', 'cells', '0']`. */
  readonly path: readonly string[]
  readonly plural: string
  readonly namespace: string
  readonly name: string
}

/**
 * The references in an object.
 * @param fields - The references of the kind, by path in the spec
 * @param namespace - Of the object
 */
export function referencesIn(
  env: Pick<Environment, 'PLATFORM_NAMESPACE'>,
  fields: Kind['references'],
  spec: unknown,
  namespace: string,
): Reference[] {
  return Object.entries(fields).flatMap(([field, { plural, namespaced }]) =>
    [...valuesAt(spec, field.split('.'), ['spec'])].flatMap(({ value, path }): Reference[] => {
      if (!isObject(value) || typeof value.name !== 'string') return []
      const home = KINDS[plural]?.scope === 'platform' ? platformNamespace(env) : namespace
      const given = namespaced && typeof value.namespace === 'string' ? value.namespace : undefined
      return [{ field, path, plural, namespace: given ?? home, name: value.name }]
    }),
  )
}

function* valuesAt(
  value: unknown,
  steps: readonly string[],
  path: readonly string[],
): Generator<{ value: unknown; path: readonly string[] }> {
  const [step, ...rest] = steps
  if (step === undefined) {
    yield { value, path }
    return
  }
  const isList = step.endsWith('[]')
  const key = isList ? step.slice(0, -2) : step
  const member = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  if (!isList) yield* valuesAt(member, rest, [...path, key])
  else if (Array.isArray(member)) {
    for (const [index, item] of member.entries()) yield* valuesAt(item, rest, [...path, key, String(index)])
  }
}
