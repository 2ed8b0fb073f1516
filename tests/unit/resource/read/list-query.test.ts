import { expect, it } from 'vitest'
import { readListQuery } from '../../../../shared/resource/read/list-query.ts'

const KIND = { columns: [], selectableFields: ['status.phase'] }
const VERSION = { name: 'Version', type: 'string', jsonPath: '.spec.version', priority: 0 } as const

function read(fieldSelector: string): string | undefined {
  const url = new URL(`https://api.example/?fieldSelector=${encodeURIComponent(fieldSelector)}`)
  return readListQuery(url, KIND).fieldSelector
}

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
