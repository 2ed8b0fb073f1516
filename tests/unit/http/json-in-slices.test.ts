import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInSlices, SLICE_LENGTH } from '../../../shared/http/slices/json.ts'

/** The value that is parsed, and in how many slices. */
async function parsed(text: string): Promise<{ readonly value: unknown; readonly slices: number }> {
  let slices = 0
  const next = async (): Promise<void> => {
    slices += 1
  }
  return { value: await parseInSlices(text, { begin: next, next }), slices }
}

/** A list as the API server writes it. */
const listOf = (items: readonly unknown[]) => ({
  apiVersion: 'edc.kaphera.com/v1alpha1',
  items,
  kind: 'ConnectorList',
  metadata: { continue: '', resourceVersion: '7' },
})

/** An object that takes a quarter of a slice. */
const object = (name: string, spec: unknown = 'x'.repeat(SLICE_LENGTH / 4)) => ({
  apiVersion: 'edc.kaphera.com/v1alpha1',
  kind: 'Connector',
  metadata: { name },
  spec,
})

describe('a text', () => {
  it('that is a list is parsed some elements at a time', async () => {
    const list = listOf(Array.from({ length: 12 }, (_, index) => object(`c-${index}`)))
    const { value, slices } = await parsed(JSON.stringify(list))
    expect(value).toEqual(list)
    expect(slices).toBeGreaterThanOrEqual(3)
  })

  it('whose elements contain objects like them, as those with several field managers do, is parsed some elements at a time', async () => {
    const managedFields = ['console', 'operator'].map((manager) => ({
      apiVersion: 'edc.kaphera.com/v1alpha1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': {} },
      manager,
    }))
    const list = listOf(
      Array.from({ length: 500 }, (_, index) => ({
        ...object(`c-${index}`, 'x'.repeat((index * 7919) % 4_000)),
        metadata: { managedFields, name: `c-${index}`, ownerReferences: managedFields },
      })),
    )
    const text = JSON.stringify(list)
    const { value, slices } = await parsed(text)
    expect(value).toEqual(list)
    expect(slices).toBeGreaterThan(text.length / SLICE_LENGTH / 2)
  })

  it('is parsed on after a part that ends within an element', async () => {
    const nested = object('nested', [object('a'), object('b', 'x'.repeat(90_000)), object('c')])
    const list = listOf([...Array.from({ length: 12 }, (_, index) => object(`c-${index}`)), nested, object('last')])
    const { value, slices } = await parsed(JSON.stringify(list))
    expect(value).toEqual(list)
    expect(slices).toBeGreaterThanOrEqual(3)
  })

  it('that is a table is parsed some rows at a time', async () => {
    const table = {
      kind: 'Table',
      metadata: { resourceVersion: '7' },
      columnDefinitions: [{ name: 'Name' }],
      rows: Array.from({ length: 12 }, (_, index) => ({ cells: [index, 'x'.repeat(SLICE_LENGTH / 4)], object: null })),
    }
    const { value, slices } = await parsed(JSON.stringify(table))
    expect(value).toEqual(table)
    expect(slices).toBeGreaterThanOrEqual(3)
  })

  it.each([
    [
      'has objects like the elements within them',
      listOf([object('a', [object('b'), object('c', 'x'.repeat(90_000)), object('d')])]),
    ],
    [
      'has the text between elements in a string',
      listOf([object('a', `},{"apiVersion":${'x'.repeat(90_000)}},{"apiVersion":`)]),
    ],
    ['has the list in another field', { spec: { items: [object('a')] }, pad: 'x'.repeat(90_000) }],
    ['has an empty list after one in another field', { spec: { items: [object('a')] }, items: [] }],
    ['has another list of that name', { items: ['elements'], spec: { items: [{ a: 1 }] }, pad: 'x'.repeat(90_000) }],
    ['has keys that objects inherit', listOf([object('a', JSON.parse('{"__proto__":{"a":1},"constructor":1}'))])],
    ['has no elements', listOf([])],
    ['has elements that are no objects', listOf(['a', 1, null])],
    ['is no list', object('a')],
    ['is a string', 'x'.repeat(90_000)],
  ])('that %s is parsed as by JSON.parse', async (_, value) => {
    expect((await parsed(JSON.stringify(value))).value).toEqual(value)
  })

  it.each([
    ['ends in the list', (text: string) => text.slice(0, -200)],
    ['has something after its end', (text: string) => `${text}}`],
    ['lacks a comma', (text: string) => text.replace('},{', '}{')],
    ['has a comma too many', (text: string) => text.replace('},{', '},,{')],
    ['has a comma at the end of the list', (text: string) => text.replace('}]', '},]')],
  ])('that %s is no JSON', async (_, break_) => {
    const text = JSON.stringify(listOf(Array.from({ length: 12 }, (_, index) => object(`c-${index}`))))
    await expect(parsed(break_(text))).rejects.toThrow(SyntaxError)
  })

  it.each([
    '{"items":[{"a":1}],"items":["elements"]}',
    '{"x":[{"a":1}],"items":[{"b":2} ],"items":["elements"]}',
    '{"items":[{"a":1} ]}',
    '{"__proto__":{"b":1},"items":[{"a":1}]}',
  ])('such as %s has the value of JSON.parse', async (text) => {
    const { value } = await parsed(text)
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)))
  })

  it('has the value, or the lack of one, that JSON.parse finds', async () => {
    const pieces = [
      '{"items":[',
      '{"a":',
      '},{"a":',
      '{"b":',
      '1',
      '"x"',
      '}',
      ']',
      ',',
      '{',
      '[',
      '"items":[',
      '"',
      'x'.repeat(SLICE_LENGTH),
    ]
    const whole = (text: string): unknown => {
      try {
        return { value: JSON.parse(text) }
      } catch {
        return 'no JSON'
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), fc.jsonValue(), async (some, spec) => {
        for (const text of [
          some.join(''),
          JSON.stringify(listOf([object('a'), object('b', spec), ...some, object('c')])),
        ]) {
          const sliced = await parsed(text).then(
            ({ value }) => ({ value }),
            () => 'no JSON',
          )
          expect(sliced).toEqual(whole(text))
        }
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})
