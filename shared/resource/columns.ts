/**
 * Summaries of objects: the printer columns of the CRD, evaluated here so that lists are small.
 * @see {@link https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns}
 */

import type { PrinterColumn } from '../kind/kind.ts'
import { isObject, type KubeObject } from '../kind/object.ts'
import type { Resource } from './declaration.ts'
import { isReady } from './present.ts'

/** An object in a list with `view=summary`. */
export interface Summary {
  readonly metadata: {
    readonly name?: string | undefined
    readonly namespace?: string | undefined
    readonly uid?: string | undefined
    readonly creationTimestamp?: string | undefined
    readonly deletionTimestamp?: string | undefined
    /** Contain the organization, which lists across organizations need. */
    readonly labels?: Readonly<Record<string, string>> | undefined
  }
  readonly ready: boolean
  /** Values by column name; null where the object has none. */
  readonly columns: Readonly<Record<string, unknown>>
}

/** The summary of an object. */
export function summarize(resource: Resource, object: KubeObject): Summary {
  const { name, namespace, uid, creationTimestamp, deletionTimestamp, labels } = object.metadata
  return {
    metadata: {
      name,
      namespace,
      uid,
      creationTimestamp,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(labels !== undefined && { labels }),
    },
    ready: isReady(object),
    columns: Object.fromEntries(resource.columns.map((column) => [column.name, columnValue(column, object)])),
  }
}

/** The value of a column: the first value at its path, as `kubectl get` shows it. */
export function columnValue(column: Pick<PrinterColumn, 'jsonPath'>, object: unknown): unknown {
  let steps = knownSteps.get(column)
  if (steps === undefined) {
    steps = stepsOf(column.jsonPath)
    knownSteps.set(column, steps)
  }
  let values: unknown[] = [object]
  for (const step of steps) values = values.flatMap((value) => follow(value, step))
  return values.find((value) => value !== undefined && value !== null) ?? null
}

/** The steps of columns, by column: thousands of objects are asked for the same few. */
const knownSteps = new WeakMap<object, readonly Step[]>()

/**
 * The inverse of {@link columnValue}: sets the field that a column shows. What the path leads through is created.
 * @param path - Without indexes
 */
export function columnSetter(path: string): (object: KubeObject, value: unknown) => void {
  const steps = stepsOf(path)
  return (object, value) => {
    let target: unknown = object
    for (const [index, step] of steps.entries()) {
      const next = steps[index + 1]
      const inner = next === undefined ? value : 'key' in next ? {} : []
      if ('key' in step && isObject(target)) target = target[step.key] ??= inner
      if ('where' in step && Array.isArray(target)) {
        const found = target.find((item) => item[step.where] === step.is)
        if (found === undefined) target.push({ [step.where]: step.is })
        target = found ?? target.at(-1)
      }
    }
  }
}

type Step =
  | { readonly key: string }
  | { readonly index: number | '*' }
  | { readonly where: string; readonly is: string }

/** The steps of a Kubernetes JSONPath without functions: `.a.b`, `[0]`, `[*]`, `[?(@.type=="Ready")]`, `['a.b']`. */
function stepsOf(path: string): Step[] {
  const step = /\.?\[\?\(@\.(\w+)\s*==\s*["']([^"']*)["']\)\]|\[['"]([^'"]+)['"]\]|\[(\d+|\*)\]|\.((?:\\.|[^.[\\])+)/g
  return [...path.matchAll(step)].map(([, where, is, quoted, index, key]): Step => {
    if (where !== undefined) return { where, is: is ?? '' }
    if (index !== undefined) return { index: index === '*' ? '*' : Number(index) }
    return { key: quoted ?? (key ?? '').replaceAll('\\', '') }
  })
}

function follow(value: unknown, step: Step): unknown[] {
  if ('key' in step) return isObject(value) && Object.hasOwn(value, step.key) ? [value[step.key]] : []
  if (!Array.isArray(value)) return []
  if ('where' in step) return value.filter((item) => isObject(item) && item[step.where] === step.is)
  return step.index === '*' ? value : value.slice(step.index, step.index + 1)
}
