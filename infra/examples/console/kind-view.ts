/**
 * The objects of a kind, as the server's columns show them, kept current by the stream.
 */
import { pathOf } from './api.ts'
import { may, type ViewContext } from './context.ts'
import { element, fill } from './dom.ts'
import { several } from './labels.ts'
import { age, detailsOf, problemBox, readiness } from './marks.ts'
import { linkTo } from './routes.ts'
import type { Column, Resource, Summary, SummaryList } from './types.ts'

/** The list of a kind. */
export function kindView(context: ViewContext, { kind, plural }: Resource): HTMLElement {
  const { api, organization, store, signal } = context
  let columns: readonly Column[] = []
  let all = false
  const notice = element('div')
  const body = element('div', {}, element('p', { class: 'help' }, 'Loading …'))
  const filter = element('input', {
    type: 'search',
    class: 'filter',
    placeholder: 'Filter',
    'aria-label': 'Filter by name',
    input: draw,
  })
  const wide = element(
    'button',
    { type: 'button', class: 'quiet', 'aria-pressed': 'false', click: toggle },
    'All columns',
  )

  function toggle(): void {
    all = !all
    wide.setAttribute('aria-pressed', String(all))
    draw()
  }

  function draw(): void {
    const { objects, problem, isSynced } = store.kind(plural)
    fill(notice, problem !== undefined && problemBox(problem, element('p', {}, 'This list may be out of date.')))
    if (columns.length === 0) return
    const found = [...objects.values()]
      .filter(({ metadata }) => metadata.name.includes(filter.value.toLowerCase()))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    if (found.length === 0) {
      const text = objects.size > 0 ? 'No matching names.' : isSynced ? 'There are none yet.' : 'Loading …'
      fill(body, element('p', { class: 'calm' }, text))
      return
    }
    const shown = columns.filter(
      ({ priority, name }) => (all || priority === 0) && name !== 'Ready' && name !== 'Phase',
    )
    fill(body, table(organization, plural, shown, found))
  }

  signal.addEventListener(
    'abort',
    store.subscribe((plurals) => plurals.has(plural) && draw()),
  )
  api.read<SummaryList>(`${pathOf(organization, plural)}?view=summary`, { signal }).then(
    (list) => {
      columns = list.columns
      store.offer(plural, list.items)
      draw()
    },
    (error: unknown) => {
      if (!signal.aborted) fill(body, problemBox(detailsOf(error)))
    },
  )
  return element(
    'section',
    {},
    element(
      'div',
      { class: 'bar' },
      element('h1', {}, several(kind)),
      filter,
      wide,
      may(context, plural, 'create') &&
        element('a', { class: 'button', href: `${linkTo(organization, plural)}?new` }, 'Create'),
    ),
    notice,
    body,
  )
}

function table(
  organization: string,
  plural: string,
  columns: readonly Column[],
  objects: readonly Summary[],
): HTMLElement {
  const head = ['Name', 'State', ...columns.map(({ name }) => name)].map((text) =>
    element('th', { scope: 'col' }, text),
  )
  const rows = objects.map(({ metadata, ready, columns: values }) => {
    const state =
      metadata.deletionTimestamp === undefined ? readiness(ready, values.Phase) : readiness(false, 'Deleting')
    return element(
      'tr',
      {},
      element(
        'th',
        { scope: 'row' },
        element('a', { href: linkTo(organization, plural, metadata.name) }, metadata.name),
      ),
      element('td', {}, state),
      ...columns.map(({ name, type }) =>
        element('td', {}, type === 'date' ? age(values[name] as string) : cell(values[name])),
      ),
    )
  })
  return element(
    'div',
    { class: 'scroll' },
    element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows)),
  )
}

function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
