/**
 * A value as nested lists of names and values.
 */
import { element } from './dom.ts'

/** Any JSON value. */
export function tree(value: unknown): HTMLElement {
  if (typeof value !== 'object' || value === null) return element('code', {}, String(value))
  if (Array.isArray(value))
    return element('ul', { class: 'values' }, ...value.map((item) => element('li', {}, tree(item))))
  return element(
    'dl',
    { class: 'values' },
    ...Object.entries(value).map(([name, inner]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, tree(inner))),
    ),
  )
}
