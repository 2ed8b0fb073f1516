import { expect, it } from 'vitest'
import { represent } from '../../../shared/http/negotiate.ts'

/** Slices, and how many were asked for. */
function counted() {
  const slices = {
    count: 0,
    begin: async () => undefined,
    async next(): Promise<void> {
      slices.count += 1
    },
  }
  return slices
}

it.each([
  [0, 0],
  [32, 0],
  [33, 1],
  [100, 3],
])('a list of %i objects is written with %i breaks', async (count, breaks) => {
  const items = Array.from({ length: count }, (_, index) => ({ name: `c-${index}`, text: '"]}é' }))
  const list = { kind: 'ConnectorList', items, metadata: { continue: 'x' } }
  const slices = counted()
  const response = await represent(list, 'application/json', { slices })
  const bytes = await response.clone().bytes()
  expect(await response.json()).toEqual(list)
  expect(response.headers.get('Content-Length')).toBe(String(bytes.byteLength))
  expect(slices.count).toBe(breaks)
})

it('what is no list is written at once', async () => {
  const slices = counted()
  for (const value of [{ items: 'none' }, [1, 2], 'text', null]) {
    expect(await (await represent(value, 'application/json', { slices })).json()).toEqual(value)
  }
  expect(slices.count).toBe(0)
})
