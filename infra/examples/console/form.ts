/**
 * A form from a schema. It does not validate: the server does, and its errors are shown at the fields that they name.
 */
import { element } from './dom.ts'
import type { Field, FormOptions } from './field.ts'
import { listField, mapField, objectField } from './groups.ts'
import { inputField, referenceField } from './inputs.ts'
import type { Schema } from './schema.ts'
import type { ProblemDetails } from './types.ts'

/** A form for the members of an object. */
export interface Form {
  /** The fields. */
  readonly element: HTMLElement
  /** What the user has entered. */
  read(): Record<string, unknown>
  /** Shows the errors of a problem at their fields, and moves the focus to the first. */
  showProblem(problem: ProblemDetails): void
  /** Forgets all errors. */
  clear(): void
}

/**
 * Makes a form.
 * @param schema - Of an object
 */
export function formOf(schema: Schema, options: FormOptions): Form {
  const alert = element('div', { role: 'alert', class: 'problem', hidden: true })
  const fields = objectField({ schema: options.resolve(schema), label: '', isRequired: true, options, make })
  return {
    element: element('div', { class: 'form' }, alert, fields.element),
    read: () => (fields.read() ?? {}) as Record<string, unknown>,
    showProblem(problem) {
      const errors = problem.errors ?? []
      const shown = errors.map(({ pointer, detail }) => fields.fail(segments(pointer), detail))
      // What no field can show is shown above them.
      const others = errors
        .filter((_error, at) => shown[at] === undefined)
        .map(({ pointer, detail }) => `${pointer} ${detail}`)
      const count = errors.length - others.length
      const first =
        count > 0 ? `${count === 1 ? 'One field needs' : `${count} fields need`} your attention.` : problem.detail
      alert.replaceChildren(...[first, ...others].map((text) => element('p', {}, text)))
      alert.hidden = false
      for (const input of shown) openAround(input)
      ;(shown.find((input) => input !== undefined) ?? alert).focus()
    },
    clear() {
      alert.hidden = true
      fields.clear()
    },
  }
}

/** The field for a schema. */
function make(schema: Schema, label: string, isRequired: boolean, options: FormOptions): Field {
  const resolved = options.resolve(schema)
  const parts = { schema: resolved, label, isRequired, options, make }
  if (Object.keys(resolved.properties ?? {}).join() === 'name') return referenceField(parts)
  if (resolved.items !== undefined) return listField(parts, resolved.items)
  if (resolved.properties !== undefined) return objectField(parts)
  if (typeof resolved.additionalProperties === 'object') return mapField(parts, resolved.additionalProperties)
  return inputField(parts)
}

/** The segments of a JSON Pointer (RFC 6901). */
export function segments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Opens what is folded around an element. */
function openAround(inner: Element | undefined): void {
  for (let at = inner?.parentElement; at != null; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true
  }
}
