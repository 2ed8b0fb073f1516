import { expect, it } from 'vitest'
import { readListQuery, readsAll } from '../../../../shared/resource/read/list-query.ts'

const KIND = { columns: [], selectableFields: ['status.phase'] }
const VERSION = { name: 'Version', type: 'string', jsonPath: '.spec.version', priority: 0 } as const

function read(fieldSelector: string): string | undefined {
  const url = new URL(`https://api.example/?fieldSelector=${encodeURIComponent(fieldSelector)}`)
  return readListQuery(url, KIND).fieldSelector
}

/** The query of a list of connectors. */
function queryOf(parameters: Record<string, string>) {
  return readListQuery(new URL(`https://api.example/v1/connectors?${new URLSearchParams(parameters)}`), KIND)
}

it('asks for the first 100 objects if nothing is said', () => {
  expect(queryOf({})).toEqual({
    limit: 100,
    continue: undefined,
    labelSelector: undefined,
    fieldSelector: undefined,
    sort: [],
    text: undefined,
    summary: false,
    overview: false,
    binding: '["/v1/connectors","","","",""]',
  })
})

it('takes what is said', () => {
  const parameters = {
    limit: '7',
    continue: 'token',
    labelSelector: 'tier=gold',
    fieldSelector: 'metadata.name=edc',
    sort: '-ready',
    q: ' Gold ',
    view: 'summary',
  }
  expect(queryOf(parameters)).toEqual({
    limit: 7,
    continue: 'token',
    labelSelector: 'tier=gold',
    fieldSelector: 'metadata.name=edc',
    sort: [{ path: 'ready', descending: true }],
    text: 'gold',
    summary: true,
    overview: false,
    binding: '["/v1/connectors","tier=gold","metadata.name=edc","-ready"," Gold "]',
  })
})

it('selects everything by an empty selector', () => {
  const empty = queryOf({ labelSelector: '', fieldSelector: '' })
  expect([empty.labelSelector, empty.fieldSelector]).toEqual([undefined, undefined])
})

it('reads all objects only to sort, search or count them', () => {
  expect(readsAll(queryOf({ labelSelector: 'a=b', view: 'summary', limit: '5' }))).toBe(false)
  for (const parameters of [{ sort: 'ready' }, { q: 'x' }, { view: 'overview' }]) {
    expect(readsAll(queryOf(parameters as Record<string, string>))).toBe(true)
  }
})

it('shows an overview by columns, too', () => {
  expect(queryOf({ view: 'overview' })).toMatchObject({ summary: true, overview: true })
  expect(queryOf({ view: 'full' })).toMatchObject({ summary: false, overview: false })
})

it.each([
  ['view', { view: 'short' }, 'must be one of full, summary, overview'],
  ['limit', { view: 'overview', limit: '5' }, 'must not be used together with view=overview'],
  ['continue', { view: 'overview', continue: 'x' }, 'must not be used together with view=overview'],
  ['sort', { view: 'overview', sort: 'ready' }, 'must not be used together with view=overview'],
  ['q', { q: '' }, 'must have 1 to 256 characters, at least one of them not blank'],
  ['q', { q: ' \t' }, 'must have 1 to 256 characters, at least one of them not blank'],
  ['q', { q: 'x'.repeat(257) }, 'must have 1 to 256 characters, at least one of them not blank'],
  ['labelSelector', { labelSelector: 'x'.repeat(2049) }, 'must have at most 2048 characters'],
  ['fieldSelector', { fieldSelector: 'x'.repeat(2049) }, 'must have at most 2048 characters'],
  ['sort', { sort: Array(9).fill('ready').join() }, 'must have at most 8 keys'],
])('refuses %s if it breaks its rule: %j', (name, parameters, detail) => {
  const errors = [{ pointer: `?${name}`, detail }]
  expect(() => queryOf(parameters as Record<string, string>)).toThrow(
    expect.objectContaining({ code: 'invalid_request', errors }) as Error,
  )
})

it('takes the longest text, selectors and list of keys', () => {
  // Each of these characters is two code units.
  expect(queryOf({ q: '\u{1F600}'.repeat(256) }).text).toHaveLength(512)
  const selector = 'x'.repeat(2048)
  expect(queryOf({ labelSelector: selector, fieldSelector: selector })).toMatchObject({
    labelSelector: selector,
    fieldSelector: selector,
  })
  expect(queryOf({ sort: Array(8).fill('ready').join() }).sort).toHaveLength(1)
})

it('takes the views that an operation has', () => {
  const url = new URL('https://api.example/?view=overview')
  const errors = [{ pointer: '?view', detail: 'must be one of full, summary' }]
  expect(() => readListQuery(url, KIND, ['full', 'summary'])).toThrow(expect.objectContaining({ errors }) as Error)
})

it('leaves the fields of a selector to the cluster where they are not known', () => {
  const url = new URL('https://api.example/?fieldSelector=spec.color=red')
  expect(readListQuery(url, { columns: [] }).fieldSelector).toBe('spec.color=red')
})

it.each([
  'metadata.name',
  '.metadata.name',
  'spec.database.mode',
  'status.phase',
  'metadata.labels.a/b-c',
  'ready',
  'Version',
])('sorts by %s, in either direction', (key) => {
  const kind = { columns: [VERSION] }
  for (const descending of [false, true]) {
    const url = new URL('https://api.example/')
    url.searchParams.set('sort', descending ? ` -${key} ` : ` ${key} `)
    expect(readListQuery(url, kind).sort).toEqual([{ path: key.replace(/^\./, ''), descending }])
  }
})

it.each([
  'metadata',
  'spec.',
  'spec.1',
  'spec..a',
  'other.name',
  'xspec.a',
  'ready.x',
  '..spec.a',
  '--ready',
  'spec.a b',
  'spec.-a',
])('does not sort by %s', (sort) => {
  const errors = [expect.objectContaining({ pointer: '?sort' })]
  expect(() => queryOf({ sort })).toThrow(expect.objectContaining({ errors }) as Error)
})

it.each([
  'metadata.name=edc',
  'status.phase!=Ready,metadata.namespace==org-acme',
  // Whose syntax is for the cluster to refuse.
  'status.phase',
  'a b=c',
  '=c',
  // One value with a comma.
  String.raw`status.phase=a\,b=c`,
])('passes on the field selector %s', (selector) => {
  expect(read(selector)).toBe(selector)
})

it.each([
  ['spec.color=red', 'spec.color'],
  ['status.phase=Ready,spec.color!=red', 'spec.color'],
  ['phase==Ready', 'phase'],
])('lists the fields that can be selected by instead of %s', (selector, field) => {
  const detail = `must select by metadata.name, metadata.namespace, status.phase; ${field} is not supported`
  expect(() => read(selector)).toThrow(
    expect.objectContaining({ code: 'invalid_request', errors: [{ pointer: '?fieldSelector', detail }] }),
  )
})

it('names the key that it cannot sort by, shortened', () => {
  const rule = 'must be fields such as metadata.name or -status.phase, or any of Version, ready, separated by commas'
  const cases = [
    ['ready,-age', '"-age"'],
    ['Version,', '""'],
    ['a"b', String.raw`"a\"b"`],
    ['x'.repeat(1000), `"${'x'.repeat(64)}"`],
  ] as const
  for (const [sort, wrong] of cases) {
    const url = new URL(`https://api.example/?${new URLSearchParams({ sort })}`)
    const errors = [{ pointer: '?sort', detail: `${rule}; ${wrong} is not one of them` }]
    expect(() => readListQuery(url, { columns: [VERSION] })).toThrow(expect.objectContaining({ errors }) as Error)
  }
})

it('sorts once by a key that is named again', () => {
  const url = new URL('https://api.example/?sort=-ready,status.phase,ready,-.status.phase')
  expect(readListQuery(url, KIND).sort).toEqual([
    { path: 'ready', descending: true },
    { path: 'status.phase', descending: false },
  ])
})
