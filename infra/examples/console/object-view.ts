/**
 * One object: its state, its conditions, what may be done with it, and why it is not ready.
 */

import { actionButtons } from './actions.ts'
import { Problem, pathOf } from './api.ts'
import { may, type ViewContext } from './context.ts'
import { diagnosisView } from './diagnosis-view.ts'
import { element, fill } from './dom.ts'
import { several } from './labels.ts'
import { age, detailsOf, problemBox, readiness } from './marks.ts'
import { linkTo } from './routes.ts'
import { tree } from './tree.ts'
import type { CloudObject, Condition, Diagnosis, Resource } from './types.ts'

/** An object. */
export function objectView(context: ViewContext, resource: Resource, name: string): HTMLElement {
  const { api, organization, store, signal } = context
  const { plural, kind } = resource
  const path = pathOf(organization, plural, name)
  const title = element('h1', {}, name)
  const state = element('span')
  const buttons = element('div')
  const diagnosis = element('div')
  const body = element('div', {}, element('p', { class: 'help' }, 'Loading …'))

  /** Changes that arrive while the object is read are read once, after that. */
  let isReading = false
  let isStale = false
  async function read(): Promise<void> {
    isStale = true
    if (isReading) return
    isReading = true
    try {
      while (isStale) {
        isStale = false
        await readOnce()
      }
    } catch (error) {
      if (signal.aborted) return
      fill(diagnosis)
      fill(buttons)
      const isGone = error instanceof Problem && error.details.status === 404
      fill(state, isGone && readiness(false, 'Deleted'))
      fill(
        body,
        isGone ? element('p', { class: 'calm' }, 'The object no longer exists.') : problemBox(detailsOf(error)),
      )
    } finally {
      isReading = false
    }
  }

  async function readOnce(): Promise<void> {
    const response = await api.send(path, { signal })
    const object: CloudObject = await response.json()
    const etag = response.headers.get('ETag') ?? ''
    const isDeleting = object.metadata.deletionTimestamp !== undefined
    fill(state, readiness(object.ready && !isDeleting, isDeleting ? 'Deleting' : object.status?.phase))
    fill(buttons, actionButtons(context, resource, { object, etag }, read))
    fill(
      body,
      conditions(object.status?.conditions ?? []),
      element('section', {}, element('h2', {}, 'Specification'), tree(object.spec)),
      element('p', { class: 'help' }, 'Created ', age(object.metadata.creationTimestamp), ' ago'),
    )
    if (object.ready || !may(context, plural, 'diagnosis')) return fill(diagnosis)
    fill(diagnosis, diagnosisView(await api.read<Diagnosis>(`${path}/diagnosis`, { signal })))
  }

  let last: unknown
  signal.addEventListener(
    'abort',
    store.subscribe((plurals) => {
      // What the object depends on may be why it is not ready, so any change counts then.
      const now = store.kind(plural).objects.get(name)
      if (now !== last || (now?.ready === false && plurals.size > 0)) void read()
      last = now
    }),
  )
  last = store.kind(plural).objects.get(name)
  void read()
  return element(
    'section',
    {},
    element('p', { class: 'crumbs' }, element('a', { href: linkTo(organization, plural) }, several(kind))),
    element('div', { class: 'bar' }, title, state, buttons),
    diagnosis,
    body,
  )
}

function conditions(list: readonly Condition[]): HTMLElement | undefined {
  if (list.length === 0) return undefined
  const head = ['Condition', 'Status', 'Message', 'Since'].map((text) => element('th', { scope: 'col' }, text))
  const rows = list.map(({ type, status, reason, message, lastTransitionTime }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, type),
      element('td', {}, status),
      element('td', {}, message || reason),
      element('td', {}, age(lastTransitionTime)),
    ),
  )
  return element(
    'section',
    {},
    element('h2', {}, 'Conditions'),
    element(
      'div',
      { class: 'scroll' },
      element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows)),
    ),
  )
}
