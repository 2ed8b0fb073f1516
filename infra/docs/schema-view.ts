/**
 * Shows a schema as a tree that opens field by field.
 */
import { element, inline } from './dom.ts'
import type { Reference, Schema } from './openapi.ts'

/** The fields of a schema. */
export function schemaView(reference: Reference, given: Schema): HTMLElement {
  const { schema, name } = reference.resolve(given)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives !== undefined) {
    const views = alternatives.map((alternative) => foldedSchema(reference, alternative))
    return element('div', { class: 'schema' }, element('p', { class: 'hint' }, 'One of'), ...views)
  }
  if (schema.allOf !== undefined) {
    return element('div', { class: 'schema' }, ...schema.allOf.map((part) => schemaView(reference, part)))
  }
  const rows = Object.entries(schema.properties ?? {}).map(([field, value]) =>
    fieldView(reference, field, value, schema.required?.includes(field) === true),
  )
  return element(
    'div',
    { class: 'schema' },
    name !== undefined && element('p', { class: 'type-name' }, name),
    ...rules(schema),
    rows.length > 0 ? element('ul', { class: 'fields' }, ...rows) : element('p', {}, typeOf(reference, given)),
  )
}

function foldedSchema(reference: Reference, schema: Schema): HTMLElement {
  return folded([element('span', { class: 'type-name' }, typeOf(reference, schema))], () =>
    schemaView(reference, schema),
  )
}

function fieldView(reference: Reference, field: string, given: Schema, required: boolean): HTMLElement {
  const { schema } = reference.resolve(given)
  const head = [
    element('code', { class: 'field' }, field),
    element('span', { class: 'type' }, typeOf(reference, given)),
    required && element('span', { class: 'required' }, 'required'),
    schema.readOnly === true && element('span', { class: 'flag' }, 'read only'),
    schema.writeOnly === true && element('span', { class: 'flag' }, 'never shown'),
  ].filter((part) => part !== false)
  const inner = innerSchema(reference, given)
  const limits = withItems(reference, schema)
  const text = schema.description ?? given.description
  const about = [
    text !== undefined && element('span', { class: 'about' }, ...inline(text)),
    limits !== '' && element('span', { class: 'about constraints' }, limits),
    ...(inner === undefined ? rules(schema) : []),
  ].filter((part) => part !== false)
  if (inner === undefined) return element('li', {}, element('div', { class: 'head' }, ...head), ...about)
  return element(
    'li',
    {},
    folded(head, () => schemaView(reference, inner)),
    ...about,
  )
}

/** An element that opens. Its contents are created only then, since schemas are deep. */
function folded(head: readonly Node[], make: () => HTMLElement): HTMLDetailsElement {
  const details = element('details', {}, element('summary', {}, ...head))
  details.addEventListener('toggle', () => details.append(make()), { once: true })
  return details
}

/** The schema of a field's own fields, if it has any. */
function innerSchema(reference: Reference, given: Schema): Schema | undefined {
  const { schema } = reference.resolve(given)
  if (schema.properties !== undefined || schema.anyOf !== undefined || schema.oneOf !== undefined) return given
  if (schema.items !== undefined) return innerSchema(reference, schema.items)
  if (typeof schema.additionalProperties === 'object') return innerSchema(reference, schema.additionalProperties)
  return undefined
}

function typeOf(reference: Reference, given: Schema): string {
  const { schema, name } = reference.resolve(given)
  if (schema.items !== undefined) return `list of ${typeOf(reference, schema.items)}`
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(reference, schema.additionalProperties)}`
  if (name !== undefined) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  const types = schema.type === undefined ? ['any'] : [schema.type].flat()
  return types.join(' or ') + (schema.format === undefined ? '' : ` (${schema.format})`)
}

/** The constraints of a field, and of each item if it is a list. */
function withItems(reference: Reference, schema: Schema): string {
  const items = schema.items === undefined ? '' : constraints(reference.resolve(schema.items).schema)
  return [constraints(schema), items && `each ${items}`].filter(Boolean).join(' · ')
}

/** The constraints in words. */
export function constraints(schema: Schema): string {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems } = schema
  return [
    schema.enum !== undefined && `one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`,
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
    schema.pattern !== undefined && `matches ${schema.pattern}`,
    range(minLength, maxLength, 'characters'),
    range(minimum, maximum, ''),
    range(minItems, maxItems, 'items'),
    schema.uniqueItems === true && 'unique items',
  ]
    .filter((part) => part !== false)
    .join(' · ')
}

function range(min: number | undefined, max: number | undefined, unit: string): string | false {
  if (min === undefined && max === undefined) return false
  if (max === undefined) return `at least ${min} ${unit}`.trim()
  return (min === undefined ? `at most ${max} ${unit}` : `${min} to ${max} ${unit}`).trim()
}

/** The CEL rules of a schema. */
function rules(schema: Schema): HTMLElement[] {
  return (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) =>
    element('span', { class: 'about rule', title: rule }, message ?? rule),
  )
}
