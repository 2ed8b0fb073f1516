/**
 * The page at /docs, which shows the OpenAPI document and lets the reader search and try it.
 */
import { byId, element, inline, prose } from './dom.ts'
import { type Answer, load, type Operation, type Parameter, type Reference } from './openapi.ts'
import { constraints, schemaView } from './schema-view.ts'
import { tryForm } from './try.ts'

function start(reference: Reference): void {
  const search = byId<HTMLInputElement>('search')
  byId('version').textContent = reference.version
  const listing = (): void => list(reference, search.value)
  const showing = (): void => {
    show(reference)
    listing()
  }
  search.addEventListener('input', listing)
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') document.querySelector<HTMLAnchorElement>('#operations a')?.click()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || (event.target as Element).matches('input, textarea, select')) return
    event.preventDefault()
    search.focus()
  })
  addEventListener('hashchange', () => {
    showing()
    byId('main').focus({ preventScroll: true })
    scrollTo(0, 0)
  })
  showing()
}

/** The operations that contain a text, by function. */
function list(reference: Reference, text: string): void {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = reference.operations.filter((operation) => {
    const { method, path, summary, operationId, tags } = operation
    const all = `${method} ${path} ${summary} ${operationId} ${tags.join(' ')}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
  byId('found').textContent = words.length === 0 ? '' : `${found.length} of ${reference.operations.length} operations`
  const groups = reference.tags.map((tag) => ({ tag, own: found.filter(({ tags }) => tags.includes(tag.name)) }))
  byId('operations').replaceChildren(
    ...groups
      .filter(({ own }) => own.length > 0)
      .map(({ tag, own }) => {
        const items = own.map((operation) => element('li', {}, entry(operation)))
        const isOpen = words.length > 0 || own.some(({ operationId }) => location.hash === `#/${operationId}`)
        return element(
          'details',
          { open: isOpen },
          element('summary', {}, tag['x-kind'] ?? tag.name, element('small', {}, String(own.length))),
          element('ul', {}, ...items),
        )
      }),
  )
}

function entry({ method, summary, operationId }: Operation): HTMLElement {
  const isCurrent = location.hash === `#/${operationId}`
  return element(
    'a',
    { href: `#/${operationId}`, 'aria-current': isCurrent && 'page' },
    element('span', { class: `method ${method.toLowerCase()}` }, method),
    element('span', {}, ...inline(summary)),
  )
}

function show(reference: Reference): void {
  const operation = reference.operations.find(({ operationId }) => location.hash === `#/${operationId}`)
  document.title = operation === undefined ? reference.title : `${operation.summary} · ${reference.title}`
  byId('main').replaceChildren(...(operation === undefined ? overview(reference) : details(reference, operation)))
}

function overview(reference: Reference): HTMLElement[] {
  const kinds = reference.tags.filter((tag) => tag['x-kind'] !== undefined)
  return [
    element('h1', {}, reference.title),
    ...prose(reference.description),
    element('h2', {}, 'Kinds'),
    element(
      'dl',
      { class: 'kinds' },
      ...kinds.flatMap((tag) => {
        const first = reference.operations.find(({ tags }) => tags.includes(tag.name))
        return [
          element('dt', {}, element('a', { href: `#/${first?.operationId}` }, tag['x-kind'] ?? tag.name)),
          element('dd', {}, ...inline(tag.description ?? '')),
        ]
      }),
    ),
  ]
}

function details(reference: Reference, operation: Operation): HTMLElement[] {
  const { method, path, summary, description, parameters, requestBody, responses, security } = operation
  const body = Object.entries(requestBody?.content ?? {})
  return [
    element('h1', {}, ...inline(summary)),
    element(
      'p',
      { class: 'address' },
      element('span', { class: `method ${method.toLowerCase()}` }, method),
      element('code', {}, path),
      security?.length === 0 ? element('span', { class: 'flag' }, 'no token needed') : '',
    ),
    ...(description === undefined ? [] : prose(description)),
    tryForm(operation),
    ...(parameters.length === 0 ? [] : [element('h2', {}, 'Parameters'), parameterTable(parameters)]),
    ...(body.length === 0
      ? []
      : [
          element('h2', {}, 'Body'),
          element('p', { class: 'hint' }, body.map(([type]) => type).join(', ')),
          ...body.slice(0, 1).map(([, { schema }]) => schemaView(reference, schema ?? {})),
        ]),
    element('h2', {}, 'Answers'),
    ...Object.entries(responses).map(([status, answer]) => answerView(reference, status, answer)),
  ]
}

function parameterTable(parameters: readonly Parameter[]): HTMLElement {
  const rows = parameters.map(({ name, in: where, required, description, schema }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('code', {}, name)),
      element('td', {}, where, required === true ? element('span', { class: 'required' }, 'required') : ''),
      element('td', {}, ...inline(description ?? ''), element('span', { class: 'constraints' }, constraints(schema))),
    ),
  )
  const head = ['Name', 'In', 'Meaning'].map((text) => element('th', { scope: 'col' }, text))
  return element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows))
}

function answerView(reference: Reference, status: string, answer: Answer): HTMLElement {
  const content = Object.entries(answer.content ?? {})
  const headers = Object.keys(answer.headers ?? {})
  const view = element(
    'details',
    { class: 'answer' },
    element(
      'summary',
      {},
      element('strong', { class: `status-${status[0]}` }, status),
      element('span', {}, ...inline(answer.description.split('\n\n')[0] ?? '')),
    ),
  )
  const fill = (): void => {
    view.append(
      ...prose(answer.description).slice(1),
      ...(headers.length === 0 ? [] : [element('p', { class: 'hint' }, 'Headers: ', headers.join(', '))]),
      ...(content.length === 0 ? [] : [element('p', { class: 'hint' }, content.map(([type]) => type).join(', '))]),
      ...content.slice(0, 1).map(([, { schema }]) => schemaView(reference, schema ?? {})),
    )
  }
  view.addEventListener('toggle', fill, { once: true })
  return view
}

load().then(start, (error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error)
  byId('main').replaceChildren(element('p', { role: 'alert' }, `The API document could not be loaded: ${reason}`))
})
