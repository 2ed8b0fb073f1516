/**
 * What is around the views: who is signed in, the organization, the kinds, and whether the stream is live.
 */

import type { Context } from './context.ts'
import { element, fill } from './dom.ts'
import { several } from './labels.ts'
import { linkTo, type Route } from './routes.ts'
import type { StreamState } from './stream.ts'
import type { Me } from './types.ts'

/** The header. */
export function header(me: Me, organization: string, live: HTMLElement, signOut: () => void): HTMLElement[] {
  const select = element(
    'select',
    { 'aria-label': 'Organization', change: () => location.assign(linkTo(select.value)) },
    ...me.organizations.map(({ name, displayName }) =>
      element('option', { value: name, selected: name === organization }, displayName ?? name),
    ),
  )
  const role = me.organizations.find(({ name }) => name === organization)?.role
  return [
    element(
      'a',
      { class: 'brand', href: linkTo(organization) },
      element('span', { class: 'logo', 'aria-hidden': 'true' }, '◆ '),
      'Kaphera Cloud',
    ),
    select,
    live,
    element(
      'span',
      { class: 'user' },
      me.username ?? me.email ?? me.subject,
      role !== undefined && element('small', { class: 'role' }, role),
    ),
    element('button', { type: 'button', class: 'quiet', click: signOut }, 'Sign out'),
  ]
}

/** Whether the stream is live. */
export function showState(at: HTMLElement, state: StreamState, problem?: string): void {
  const text = { connecting: 'Connecting …', live: 'Live', ended: 'Not live' }[state]
  at.className = `state ${state}`
  at.textContent = text
  at.title = problem ?? ''
}

/** The kinds with the numbers of their objects. */
export function navigation({ resources, store, organization }: Context, route: Route): HTMLElement {
  const entry = (href: string, text: string, isCurrent: boolean, ...marks: (HTMLElement | false)[]): HTMLElement =>
    element('li', {}, element('a', { href, 'aria-current': isCurrent && 'page' }, element('span', {}, text), ...marks))
  const list = element('ul')
  fill(
    list,
    entry(linkTo(organization), 'Overview', route.plural === undefined),
    ...resources.map(({ kind, plural }) => {
      const objects = [...store.kind(plural).objects.values()]
      const waiting = objects.filter(({ ready }) => !ready).length
      return entry(
        linkTo(organization, plural),
        several(kind),
        route.plural === plural,
        waiting > 0 &&
          element(
            'small',
            { class: 'waiting', title: `${waiting} not ready`, 'aria-label': `${waiting} not ready` },
            String(waiting),
          ),
        element('small', {}, String(objects.length)),
      )
    }),
  )
  return list
}
