/**
 * Server-side apply: merging a configuration into an object.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/}
 */
import { childrenOf, fieldsOf, isGranularList, itemElement, objectSchema } from './field-set.ts'
import { type Fields, isFields } from './json.ts'
import type { Kind } from './kind.ts'
import { appliedAlone, type Manager } from './managers.ts'
import type { KubeObject } from './object.ts'
import { propertySchema, type Schema } from './schema.ts'

/** Merges the configuration into the object, and removes what the manager applied before but no longer does. */
export function applyConfiguration(kind: Kind, live: KubeObject, config: KubeObject, manager: Manager): KubeObject {
  const schema = objectSchema(kind.schema)
  const merged = merge(live, config, schema)
  const kept = fieldsOf(config, schema)
  // Whatever is below a removed field is removed with it.
  const dropped = [...appliedAlone(live, manager)].filter((path) => !kept.has(path))
  return dropped.reduce((object, path) => remove(object, JSON.parse(path), schema), merged) as KubeObject
}

function merge(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(live) && Array.isArray(config) && isGranularList(schema)) {
    const items = new Map(live.map((item) => [itemElement(item, schema), item]))
    for (const item of config) {
      const element = itemElement(item, schema)
      items.set(element, items.has(element) ? merge(items.get(element), item, schema?.items) : item)
    }
    return [...items.values()]
  }
  if (!isFields(live) || !isFields(config) || schema?.['x-kubernetes-map-type'] === 'atomic') return config
  const merged: Fields = { ...live }
  for (const [name, value] of Object.entries(config)) {
    merged[name] = Object.hasOwn(live, name) ? merge(live[name], value, propertySchema(schema, name)) : value
  }
  return merged
}

/** Removes the value at a path, and containers that become empty. */
function remove(value: unknown, [element, ...rest]: readonly string[], schema: Schema | undefined): unknown {
  if (element === undefined) return undefined
  const child = childrenOf(value, schema)?.get(element)
  if (child === undefined) return value
  const left = rest.length === 0 ? undefined : remove(child.value, rest, child.schema)
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => (item !== child.value ? [item] : left === undefined ? [] : [left]))
    return items.length === 0 ? undefined : items
  }
  const { [element.slice(2)]: _old, ...others } = value as Fields
  if (left !== undefined) return { ...others, [element.slice(2)]: left }
  return Object.keys(others).length === 0 ? undefined : others
}
