import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseYaml, parseYamlDocuments, YAML_SLICE } from '../../../shared/http/yaml.ts'
import { slicesOf } from '../fixtures/slices.ts'

const A = 'a: 1\n'
const B = 'b: 2\n'
const BOM = '\uFEFF'

/** How many documents a text has, as kubectl 1.36 counts them unless a reason is given. */
const TEXTS: readonly (readonly [name: string, text: string, documents: number])[] = [
  ['one document', A, 1],
  ['a separator at the end', `${A}---\n`, 1],
  ['a separator at the end without a line feed', `${A}---`, 1],
  ['a separator with blanks at the end', `${A}---  \n`, 1],
  ['a separator at the start', `---\n${A}`, 1],
  ['separators around it', `---\n${A}---\n`, 1],
  ['several separators', `---\n---\n---\n${A}`, 1],
  ['a separator with a comment', `--- # first\n${A}`, 1],
  ['two documents', `${A}---\n${B}`, 2],
  ['two documents with an empty one between them', `${A}---\n# nothing\n---\n${B}`, 2],
  ['an end of document', `${A}...\n`, 1],
  ['an end of document and a separator', `${A}...\n---\n`, 1],
  ['two documents with ends', `---\n${A}...\n---\n${B}...\n`, 2],
  ['a comment first', `# Source: chart/templates/a.yaml\n---\n${A}`, 1],
  ['a comment last', `${A}---\n# only\n`, 1],
  ['comments only', '# only\n', 0],
  ['nothing', '', 0],
  ['blanks', ' \n\n', 0],
  ['null', 'null\n', 0],
  ['CRLF', '---\r\na: 1\r\n---\r\n', 1],
  ['a byte order mark', `${BOM}${A}`, 1],
  ['a byte order mark and a separator', `${BOM}---\n${A}`, 1],
  ['a byte order mark for each document', `${BOM}${A}---\n${BOM}${B}`, 2],
  ['a tab after a colon', 'a:\t1\n', 1],
  ['JSON', '{"a": 1}', 1],
  // kubectl's library refuses these two; both are YAML 1.2.
  ['a directive', `%YAML 1.2\n---\n${A}`, 1],
  ['a tab in an empty document', `${A}---\n\t\n`, 1],
]

describe('YAML documents', () => {
  it.each(TEXTS)('are read: %s', async (_, text, documents) => {
    const parsed = await parseYamlDocuments(text)
    expect(parsed).toEqual([{ a: 1 }, { b: 2 }].slice(0, documents))
  })

  it('keep no byte order mark in field names', async () => {
    expect(await parseYaml(`${BOM}${A}`)).toEqual({ a: 1 })
  })

  it.each([
    ['a tab as indentation', 'a:\n\tb: 1\n', 'invalid_request', 'tab'],
    // kubectl accepts a sequence of JSON texts; in YAML they are no documents.
    ['JSON without separators', '{"a": 1}{"b": 2}', 'invalid_request', 'separator'],
    ['what does not end', 'a: [1', 'invalid_request', 'end of the stream'],
    ['an alias', 'a: &x 1\nb: *x\n', 'validation_failed', 'alias'],
    ['a tag', 'a: !secret x\n', 'validation_failed', 'tag'],
    ['a key twice', 'a: 1\na: 2\n', 'validation_failed', 'duplicated'],
    ['too many levels', '['.repeat(100), 'validation_failed', 'nesting'],
  ])('are refused with line and column: %s', async (_, text, code, reason) => {
    await expect(parseYamlDocuments(text)).rejects.toMatchObject({
      code,
      errors: [{ pointer: '', detail: expect.stringMatching(`${reason}.* \\(\\d+:\\d+\\)$`) }],
    })
  })
})

describe('a body for one object', () => {
  it('is refused with the number of documents if there are several', async () => {
    await expect(parseYaml(`${A}---\n${B}---\n`)).rejects.toMatchObject({
      errors: [{ detail: expect.stringContaining('it has 2 documents') }],
    })
  })

  it('is null if it is empty', async () => {
    expect(await parseYaml('---\n')).toBeNull()
  })
})

describe('YAML documents in slices', () => {
  const PAD = `# ${'x'.repeat(YAML_SLICE)}\n`

  /** What is parsed, or why nothing is, and with how many breaks. */
  async function parsed(text: string) {
    let breaks = 0
    const next = async (): Promise<void> => {
      breaks += 1
    }
    return { ...(await outcome(parseYamlDocuments(text, slicesOf({ next })))), breaks }
  }

  function outcome(
    documents: Promise<unknown[]>,
  ): Promise<{ documents: unknown[] } | { code: string; errors: unknown }> {
    return documents.then(
      (documents) => ({ documents }),
      ({ code, errors }) => ({ code, errors }),
    )
  }

  it.each([
    ['documents', `${A}${PAD}---\n${B}`, [{ a: 1 }, { b: 2 }], 2],
    ['documents with CRLF', `${A}${PAD}---\n${B}`.replaceAll('\n', '\r\n'), [{ a: 1 }, { b: 2 }], 2],
    ['small documents', `${A}---\n${B}${PAD}---\n${A}---\n${B}`, [{ a: 1 }, { b: 2 }, { a: 1 }, { b: 2 }], 2],
    ['one document', `${PAD}${A}`, [{ a: 1 }], 1],
    ['a block scalar with a separator', `a: |\n  x\n  ${PAD}  ---\n`, [{ a: `x\n${PAD}---\n` }], 1],
    ['a block scalar that a separator ends', `a: |\n  x\n  ${PAD}---\n${B}`, [{ a: `x\n${PAD}` }, { b: 2 }], 2],
    ['what only begins like a separator', `a:\n- x\n${PAD}- y\n---z: 1\n`, undefined, 1],
    ['a line separator of Unicode', `${PAD}"a\u2028--- b"`, ['a\u2028--- b'], 1],
    ['directives', `%TAG ! tag:yaml.org,2002:\n${PAD}---\n!str 1\n`, ['1'], 1],
    ['directives of the second', `${A}${PAD}...\n%TAG ! tag:yaml.org,2002:\n---\n!str 1\n`, [{ a: 1 }, '1'], 1],
  ])('are those of the whole: %s', async (_, text, documents, breaks) => {
    const sliced = await parsed(text)
    expect(sliced).toEqual({ ...(await outcome(parseYamlDocuments(text))), breaks })
    if (documents !== undefined) expect(sliced).toMatchObject({ documents })
  })

  it('are refused with the line in the whole', async () => {
    for (const second of ['b: [1', 'b: "', 'b: *x', 'b: .inf', '\tb: 1', 'b: 1\nb: 2']) {
      const text = `${A}${PAD}---\n${second}\n---\n${B}`
      const { breaks, ...sliced } = await parsed(text)
      expect(sliced).toEqual(await outcome(parseYamlDocuments(text)))
      expect(breaks).toBeGreaterThan(0)
      if (second !== 'b: .inf')
        expect(sliced).toMatchObject({ errors: [{ detail: expect.stringMatching(/\([45]:\d+\)$/) }] })
    }
  })

  it('are those of the whole, or are refused for the same reason', async () => {
    const words = '--- --- --- ... [ ] { } , ? : - a: b: a 1 .inf # " \' &x *x !str !<a > | |+ >-'
    const pieces = [
      ...words.split(' ').flatMap((word) => [word, `${word} `, `${word}\n`]),
      ...['%YAML 1.2\n', '%TAG ! tag:yaml.org,2002:\n', '\r', '\r\n', '\u2028', BOM, ' ', '\t', PAD],
      ...Array(30).fill(`\n${PAD}---\n`),
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { minLength: 2, maxLength: 14 }), async (some) => {
        const text = some.join('')
        const { breaks: _, ...sliced } = await parsed(text)
        expect(sliced).toEqual(await outcome(parseYamlDocuments(text)))
      }),
      { numRuns: 1000, seed: 1 },
    )
  })
})
