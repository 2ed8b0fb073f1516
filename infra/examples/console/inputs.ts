/**
 * Fields for single values: text, numbers, booleans, choices.
 */
import { element } from './dom.ts'
import type { Field, FieldParts } from './field.ts'
import { errorLine, nextId, words } from './labels.ts'

/** A field for one value. An empty one is left out, so that the server's default applies. */
export function inputField({ schema, label, isRequired, options }: FieldParts): Field {
  const id = nextId()
  const error = errorLine(`${id}-error`)
  const input = control(id)
  if (isRequired) input.setAttribute('aria-required', 'true')
  const help = schema.description
  if (help !== undefined) input.setAttribute('aria-describedby', `${id}-help`)
  const box = element(
    'div',
    { class: 'field' },
    element('label', { for: id }, words(label), isRequired && element('span', { class: 'required' }, ' required')),
    input,
    help !== undefined && element('p', { id: `${id}-help`, class: 'help' }, help),
    error,
  )
  return {
    element: box,
    read: () => (input.value === '' ? undefined : parsed(input.value)),
    fail(_path, text) {
      error.textContent = text
      error.hidden = false
      input.setAttribute('aria-invalid', 'true')
      input.setAttribute('aria-describedby', `${id}-error`)
      return input
    },
    clear() {
      error.hidden = true
      input.removeAttribute('aria-invalid')
      if (help !== undefined) input.setAttribute('aria-describedby', `${id}-help`)
    },
  }

  function control(id: string): HTMLInputElement | HTMLSelectElement {
    const choices = schema.type === 'boolean' ? [true, false] : schema.enum
    const standard = schema.default === undefined ? '' : String(schema.default)
    if (choices !== undefined) {
      const empty = standard === '' ? '–' : `${standard} (default)`
      return element(
        'select',
        { id },
        element('option', { value: '' }, empty),
        ...choices.map(String).map((choice) => element('option', { value: choice }, choice)),
      )
    }
    const names = options.namesFor(label)
    const list =
      names.length > 0 &&
      element('datalist', { id: `${id}-names` }, ...names.map((name) => element('option', { value: name })))
    const input = element('input', {
      id,
      type: schema.writeOnly === true ? 'password' : 'text',
      inputmode: isNumber() ? 'numeric' : undefined,
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: standard === '' ? undefined : `${standard} (default)`,
      list: list === false ? undefined : `${id}-names`,
    })
    if (list !== false) queueMicrotask(() => input.after(list))
    return input
  }

  function isNumber(): boolean {
    return schema.type === 'integer' || schema.type === 'number'
  }

  function parsed(text: string): unknown {
    if (schema.type === 'boolean') return text === 'true'
    const value = schema.enum?.find((choice) => String(choice) === text)
    if (value !== undefined) return value
    // Text that is no number goes to the server as it is, which says what is wrong.
    return isNumber() && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  }
}

/** A reference such as `vaultRef` is an object that has only a name: one field is enough. */
export function referenceField(parts: FieldParts): Field {
  const { properties = {}, description } = parts.schema
  const name = parts.options.resolve(properties.name ?? {})
  const field = inputField({ ...parts, schema: { ...name, ...(description !== undefined && { description }) } })
  return {
    ...field,
    read() {
      const value = field.read()
      return value === undefined ? undefined : { name: value }
    },
  }
}
