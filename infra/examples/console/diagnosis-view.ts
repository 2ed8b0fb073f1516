/**
 * Why an object is not ready: where to look first, then everything that it depends on.
 */
import { element } from './dom.ts'
import { words } from './labels.ts'
import { age, readiness } from './marks.ts'
import { linkTo } from './routes.ts'
import type { Diagnosed, Diagnosis } from './types.ts'

/** A diagnosis. */
export function diagnosisView({ causes, objects, complete, hidden }: Diagnosis): HTMLElement {
  const names = new Set(causes.map(nameOf))
  return element(
    'section',
    { class: 'diagnosis', 'aria-labelledby': 'diagnosis' },
    element('h2', { id: 'diagnosis' }, 'Why it is not ready'),
    causes.length === 0 && element('p', { class: 'help' }, 'No cause is known yet.'),
    ...causes.map(cause),
    element(
      'details',
      {},
      element('summary', {}, `What it depends on (${objects.length})`),
      element(
        'ul',
        { class: 'chain' },
        ...objects.map((object) =>
          element(
            'li',
            { class: names.has(nameOf(object)) && 'cause-of' },
            link(object),
            ' ',
            state(object),
            element('span', { class: 'help' }, ` ${object.path.join(' → ')}`),
          ),
        ),
      ),
    ),
    (hidden > 0 || !complete) &&
      element(
        'p',
        { class: 'help' },
        [
          hidden > 0 && `${hidden} of the references are not visible to you.`,
          !complete && 'Not everything could be read.',
        ]
          .filter(Boolean)
          .join(' '),
      ),
  )
}

function cause(object: Diagnosed): HTMLElement {
  const { conditions, event, path, since } = object
  return element(
    'article',
    { class: 'cause' },
    element(
      'h3',
      {},
      link(object),
      ' ',
      state(object),
      since !== null && element('span', { class: 'help' }, ' for ', age(since)),
    ),
    path.length > 0 && element('p', { class: 'help' }, `by ${path.join(' → ')}`),
    element(
      'dl',
      {},
      ...conditions.flatMap(({ type, status, reason, message }) => [
        element('dt', {}, `${type} is ${status}`),
        element('dd', {}, message || reason),
      ]),
      ...(event === null
        ? []
        : [element('dt', {}, event.reason, ' ', age(event.lastTime), ' ago'), element('dd', {}, event.message)]),
    ),
  )
}

function link({ kind, plural, name, organization }: Diagnosed): HTMLElement {
  const text = `${words(kind)} ${name}`
  return organization === undefined
    ? element('span', {}, text)
    : element('a', { href: linkTo(organization, plural, name) }, text)
}

function state({ state, phase }: Diagnosed): HTMLElement {
  return state === 'ready' || state === 'unready' ? readiness(state === 'ready', phase) : readiness(false, words(state))
}

function nameOf({ plural, organization, name }: Diagnosed): string {
  return [plural, organization, name].join('/')
}
