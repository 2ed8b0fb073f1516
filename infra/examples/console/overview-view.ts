/**
 * How many objects of each kind there are, how many are ready, and the quotas.
 */
import { pathOf } from './api.ts'
import type { ViewContext } from './context.ts'
import { element, fill } from './dom.ts'
import { several, words } from './labels.ts'
import { age, detailsOf, problemBox, readiness } from './marks.ts'
import { linkTo } from './routes.ts'
import type { Overview } from './types.ts'

/** The numbers are read again this long after a change, in milliseconds. */
const DELAY_MS = 1_000

/** The overview of an organization. */
export function overviewView(context: ViewContext): HTMLElement {
  const { api, organization, store, signal } = context
  const body = element('div', {}, element('p', { class: 'help' }, 'Loading …'))
  let timer: ReturnType<typeof setTimeout> | undefined
  const refresh = async (): Promise<void> => {
    try {
      const overview = await api.read<Overview>(pathOf(organization, 'overview'), { signal })
      fill(body, attention(organization, overview), kinds(organization, overview), quotas(overview))
    } catch (error) {
      if (!signal.aborted) fill(body, problemBox(detailsOf(error)))
    }
  }
  const unsubscribe = store.subscribe(() => {
    clearTimeout(timer)
    timer = setTimeout(refresh, DELAY_MS)
  })
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    unsubscribe()
  })
  void refresh()
  return element('section', {}, element('h1', {}, 'Overview'), body)
}

/** What is not ready, of all kinds. */
function attention(organization: string, { kinds }: Overview): HTMLElement {
  const rows = kinds.flatMap(({ kind, plural, unready = [] }) =>
    unready.map(({ metadata, columns }) =>
      element(
        'tr',
        {},
        element(
          'th',
          { scope: 'row' },
          element('a', { href: linkTo(organization, plural, metadata.name) }, metadata.name),
        ),
        element('td', {}, words(kind)),
        element('td', {}, readiness(false, columns.Phase)),
        element('td', {}, age(metadata.creationTimestamp)),
      ),
    ),
  )
  if (rows.length === 0) return element('p', { class: 'calm' }, 'Everything is ready.')
  return element(
    'section',
    { 'aria-labelledby': 'attention' },
    element('h2', { id: 'attention' }, 'Not ready'),
    table(['Name', 'Kind', 'Phase', 'Age'], rows),
  )
}

function kinds(organization: string, { kinds }: Overview): HTMLElement {
  const rows = kinds.map(({ kind, plural, counts, problem }) => {
    const name = element('th', { scope: 'row' }, element('a', { href: linkTo(organization, plural) }, several(kind)))
    if (counts === undefined) return element('tr', {}, name, element('td', { colspan: '3' }, problem?.detail ?? ''))
    const { total, ready, phases } = counts
    const bar = element('meter', {
      min: '0',
      max: String(total),
      value: String(ready),
      'aria-label': `${ready} of ${total} ready`,
    })
    return element(
      'tr',
      {},
      name,
      element('td', { class: 'number' }, String(total)),
      element('td', { class: 'share' }, total > 0 && bar, total > 0 && `${ready} ready`),
      element(
        'td',
        {},
        Object.entries(phases)
          .map(([phase, count]) => `${count} ${phase}`)
          .join(', '),
      ),
    )
  })
  return element(
    'section',
    { 'aria-labelledby': 'kinds' },
    element('h2', { id: 'kinds' }, 'Kinds'),
    table(['Kind', 'Total', 'Ready', 'Phases'], rows),
  )
}

function quotas({ quotas }: Overview): HTMLElement | undefined {
  if (quotas.problem !== undefined) return problemBox(quotas.problem)
  if (quotas.items === undefined || quotas.items.length === 0) return undefined
  const rows = quotas.items.map(({ name, limit, used }) => {
    const text = `${used ?? '?'} of ${limit ?? '∞'}`
    const bar =
      limit !== null &&
      used !== null &&
      element('meter', {
        min: '0',
        max: String(limit),
        high: String(limit * 0.8),
        optimum: '0',
        value: String(used),
        'aria-label': text,
      })
    return element('tr', {}, element('th', { scope: 'row' }, words(name)), element('td', { class: 'share' }, bar, text))
  })
  return element(
    'section',
    { 'aria-labelledby': 'quotas' },
    element('h2', { id: 'quotas' }, 'Quotas'),
    table(['Quota', 'Used'], rows),
  )
}

function table(head: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const cells = head.map((text) => element('th', { scope: 'col', class: text === 'Total' && 'number' }, text))
  return element(
    'div',
    { class: 'scroll' },
    element('table', {}, element('thead', {}, element('tr', {}, ...cells)), element('tbody', {}, ...rows)),
  )
}
