import fc from 'fast-check'
import { expect, it } from 'vitest'
import { represent } from '../../../shared/http/negotiate.ts'
import { SLICE_LENGTH } from '../../../shared/http/slices/json.ts'
import { toYaml } from '../../../shared/http/yaml.ts'

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
  [2, 0],
  [3, 1],
  [9, 4],
])('a list of %i objects that take half a slice each is written with %i breaks', async (count, breaks) => {
  const text = `"]}é${'x'.repeat(SLICE_LENGTH / 2)}`
  const items = Array.from({ length: count }, (_, index) => ({ name: `c-${index}`, text }))
  const list = { kind: 'ConnectorList', items, metadata: { continue: 'x' } }
  const slices = counted()
  const response = await represent(list, 'application/json', { slices })
  const bytes = await response.clone().bytes()
  expect(await response.json()).toEqual(list)
  expect(response.headers.get('Content-Length')).toBe(String(bytes.byteLength))
  expect(slices.count).toBe(breaks)
})

it.each(['application/json', 'application/yaml'] as const)('a list has any key in %s', async (as) => {
  const value = { organizations: Array.from({ length: 40 }, () => 'x'.repeat(2000)), kind: 'none' }
  const slices = counted()
  const written = await represent(value, as, { slices, list: 'organizations' })
  const { organizations, kind } = value
  expect(await written.text()).toBe(await (await represent({ kind, organizations }, as)).text())
  expect(slices.count).toBeGreaterThan(0)
})

it('a list is the same in YAML, however many breaks there are', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '',
      'no',
      '12:30',
      '- a',
      '...',
      '---',
      'a\n...\n',
      '\n\n',
      ' \n',
      '|',
      'é\u2028',
      'x'.repeat(5000),
    ),
    fc
      .array(fc.constantFrom('\n', '...', '---', ' ', 'a', ': ', '#', "'"), { maxLength: 8 })
      .map((some) => some.join('')),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text,
      fc.constantFrom(null, true, 0, -1.5, 1e21),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }))
  // Members that make what they are in large, so that it is written piece by piece.
  const padding = fc.constantFrom(...[0, 1, 5_000, 9_000].map((length) => 'x'.repeat(length)))
  const padded = fc
    .tuple(value, padding, value)
    .map(([first, pad, last]) => [first, { [pad.slice(0, 1_100)]: first, pad, last }, pad, last])
  const nested = fc.oneof(
    value,
    padded,
    padded.map((list) => ({ list, deeper: { list, rest: list } })),
    padded.map((list) => [list, [list]]),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(nested, { maxLength: 6 }),
      fc.dictionary(text, nested, { maxKeys: 3 }),
      async (items, rest) => {
        const slices = counted()
        const written = await represent({ items, ...rest }, 'application/yaml', { slices })
        const { items: last, ...others } = { items, ...rest }
        expect(await written.text()).toBe(await toYaml({ ...others, items: last }))
      },
    ),
    { numRuns: 500, seed: 1 },
  )
})

it('a large object is written as YAML with breaks, however deep what is large in it is', async () => {
  const slices = counted()
  const settings = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`key-${at}`, 'some text '.repeat(40)]))
  const deep = {
    kind: 'Connector',
    spec: { endpoints: [{ name: 'a' }, { name: 'b', auth: { settings } }], replicas: 1 },
  }
  const written = await represent(deep, 'application/yaml', { slices })
  expect(await written.text()).toBe(await toYaml(deep))
  expect(slices.count).toBeGreaterThan(5)
})

it.each([
  ['a list', Array.from({ length: 20_000 }, () => ({}))],
  ['an object', Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`key-${at}`, '']))],
])('%s of many empty members is written as YAML with breaks', async (_, many) => {
  const slices = counted()
  const written = await represent({ spec: { many } }, 'application/yaml', { slices })
  expect(await written.text()).toBe(await toYaml({ spec: { many } }))
  expect(slices.count).toBeGreaterThan(5)
})

it('a list is written as YAML with breaks', async () => {
  const slices = counted()
  const items = Array.from({ length: 9 }, () => ({ lines: 'some text\n'.repeat(210) }))
  await represent({ items }, 'application/yaml', { slices })
  expect(slices.count).toBe(4)
})

it('what is no list is written at once', async () => {
  const slices = counted()
  for (const value of [{ items: 'none' }, [1, 2], 'text', null]) {
    expect(await (await represent(value, 'application/json', { slices })).json()).toEqual(value)
    expect(await (await represent(value, 'application/yaml', { slices })).text()).toBe(await toYaml(value))
  }
  expect(slices.count).toBe(0)
})

it.each(['application/json', 'application/yaml'] as const)('a long list in %s is sent part by part', async (as) => {
  const items = Array.from({ length: 9 }, (_, at) => ({ at, lines: 'é some text\n'.repeat(2_000) }))
  const long = await represent({ items: [...items, 'ends in\n...\n\n'] }, as, { slices: counted() })
  const whole = await (await represent({ items: [...items, 'ends in\n...\n\n'] }, as)).bytes()
  expect(long.headers.get('Content-Length')).toBe(String(whole.byteLength))
  const parts = await Array.fromAsync(long.body as unknown as AsyncIterable<Uint8Array>)
  expect(parts.length).toBeGreaterThan(2)
  expect(Buffer.concat(parts).equals(Buffer.from(whole))).toBe(true)
})
