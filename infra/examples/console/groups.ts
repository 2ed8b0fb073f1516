/**
 * Fields that have other fields in them: objects, lists and maps.
 */
import { element } from './dom.ts'
import type { Field, FieldParts } from './field.ts'
import { errorLine, nextId, words } from './labels.ts'
import type { Schema } from './schema.ts'

/** The fields of an object: required ones first, all others folded. */
export function objectField(parts: FieldParts): Field {
  const { schema, label, isRequired, options, make } = parts
  const properties = Object.entries(schema.properties ?? {}).filter(([, { readOnly }]) => readOnly !== true)
  const isNeeded = (name: string): boolean => schema.required?.includes(name) === true
  const fields = new Map<string, Field>()
  const constants: Record<string, unknown> = {}
  for (const [name, property] of properties) {
    if (property.const !== undefined) constants[name] = property.const
    else fields.set(name, make(property, name, isNeeded(name), options))
  }
  const own = ownError()
  const [first, later] = [
    [...fields].filter(([name]) => isNeeded(name)),
    [...fields].filter(([name]) => !isNeeded(name)),
  ]
  const elements = (list: typeof first): HTMLElement[] => list.map(([, field]) => field.element)
  const inner = [
    own.element,
    ...elements(first),
    later.length > 0 &&
      (first.length > 0 || label === ''
        ? element(
            'details',
            { class: 'more' },
            element('summary', {}, `${later.length} optional ${later.length === 1 ? 'field' : 'fields'}`),
            ...elements(later),
          )
        : element('div', {}, ...elements(later))),
  ].filter((part) => part !== false)
  return {
    element: group(parts, inner),
    read() {
      const entries = [...fields].map(([name, field]) => [name, field.read()] as const)
      const given = entries.filter(([, value]) => value !== undefined)
      // A required object within an optional one is empty as long as nothing is entered.
      if (!isRequired && given.every(([, value]) => isEmpty(value))) return undefined
      return { ...constants, ...Object.fromEntries(given) }
    },
    fail([name, ...rest], text) {
      const field = name === undefined ? undefined : fields.get(name)
      return field === undefined
        ? own.fail(name === undefined ? text : `${[name, ...rest].join('.')} ${text}`)
        : field.fail(rest, text)
    },
    clear() {
      own.clear()
      for (const field of fields.values()) field.clear()
    },
  }
}

/** A list, whose items can be added and removed. */
export function listField(parts: FieldParts, schema: Schema): Field {
  const { label, options, make } = parts
  const rows: Field[] = []
  /** The rows that were sent: an error names the position among them. */
  let sent: Field[] = []
  const list = element('div', { class: 'items' })
  const own = ownError()
  const add = (): void => {
    const field = make(schema, label, false, options)
    const remove = removeButton(label, click)
    const row = element('div', { class: 'item' }, field.element, remove)
    function click(): void {
      row.remove()
      rows.splice(rows.indexOf(field), 1)
    }
    rows.push(field)
    list.append(row)
    row.querySelector<HTMLElement>('input, select')?.focus()
  }
  return {
    element: group(parts, [own.element, list, addButton(label, add)]),
    read() {
      sent = rows.filter((field) => field.read() !== undefined)
      return sent.length === 0 ? undefined : sent.map((field) => field.read())
    },
    fail([index, ...rest], text) {
      return (index === undefined ? undefined : sent[Number(index)]?.fail(rest, text)) ?? own.fail(text)
    },
    clear() {
      own.clear()
      for (const field of rows) field.clear()
    },
  }
}

/** A map from names that the user chooses. */
export function mapField(parts: FieldParts, schema: Schema): Field {
  const { label, options, make } = parts
  const rows: { readonly key: HTMLInputElement; readonly field: Field }[] = []
  const list = element('div', { class: 'items' })
  const own = ownError()
  const add = (): void => {
    const key = element('input', { 'aria-label': `Name in ${words(label)}`, placeholder: 'Name', autocomplete: 'off' })
    const field = make(schema, 'value', false, options)
    const entry = { key, field }
    const remove = removeButton(label, click)
    const row = element(
      'div',
      { class: 'item pair' },
      element('div', { class: 'field' }, element('span', { class: 'label' }, 'Name'), key),
      field.element,
      remove,
    )
    function click(): void {
      row.remove()
      rows.splice(rows.indexOf(entry), 1)
    }
    rows.push(entry)
    list.append(row)
    key.focus()
  }
  return {
    element: group(parts, [own.element, list, addButton(label, add)]),
    read() {
      const entries = rows
        .filter(({ key }) => key.value !== '')
        .map(({ key, field }) => [key.value, field.read() ?? ''])
      return entries.length === 0 ? undefined : Object.fromEntries(entries)
    },
    fail([name, ...rest], text) {
      return rows.find(({ key }) => key.value === name)?.field.fail(rest, text) ?? own.fail(text)
    },
    clear() {
      own.clear()
      for (const { field } of rows) field.clear()
    },
  }
}

/** Fields under a common name. Optional ones are folded. */
function group({ schema, label, isRequired }: FieldParts, inner: readonly HTMLElement[]): HTMLElement {
  if (label === '') return element('div', {}, ...inner)
  const help = schema.description !== undefined && element('p', { class: 'help' }, schema.description)
  if (!isRequired) return element('details', { class: 'group' }, element('summary', {}, words(label)), help, ...inner)
  return element('fieldset', {}, element('legend', {}, words(label)), help, ...inner)
}

interface OwnError {
  readonly element: HTMLElement
  fail(text: string): HTMLElement
  clear(): void
}

/** An error of a group itself. */
function ownError(): OwnError {
  const line = errorLine(nextId())
  line.tabIndex = -1
  return {
    element: line,
    fail(text) {
      line.append(element('span', {}, text))
      line.hidden = false
      return line
    },
    clear() {
      line.replaceChildren()
      line.hidden = true
    },
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function addButton(label: string, click: () => void): HTMLElement {
  return element('button', { type: 'button', class: 'quiet', click }, `Add to ${words(label).toLowerCase()}`)
}

function removeButton(label: string, click: () => void): HTMLElement {
  const attributes = { type: 'button', class: 'quiet', 'aria-label': `Remove from ${words(label)}`, click }
  return element('button', attributes, 'Remove')
}
