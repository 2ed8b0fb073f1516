import fc from 'fast-check'
import { CORE_SCHEMA, DUMP_SCHEMA, dump, load, YAML11_SCHEMA } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { yamlInSlices } from '../../../shared/http/slices/yaml.ts'
import { writeYaml } from '../../../shared/http/write-yaml.ts'
import { slicesOf } from '../fixtures/slices.ts'

/** The text as the library writes it. */
function byLibrary(value: unknown): string {
  return dump(value, { schema: DUMP_SCHEMA, noRefs: true, lineWidth: -1 })
}

/** A string as value and key, in lists, and as the last of an object. */
function around(text: string) {
  return { first: text, list: [text, [text, [{ [text]: text }]], { text }], [`${text}.`]: { [text]: 1 }, last: text }
}

/** Expects that YAML is read as the value, by YAML 1.2 and by YAML 1.1. */
function expectRead(text: string, value: unknown): void {
  for (const schema of [CORE_SCHEMA, YAML11_SCHEMA]) expect(load(text, { schema })).toEqual(value)
}

const PEM = `-----BEGIN CERTIFICATE-----\n${`${'MIIB9zCCAZ2gAwIBAgI0'.repeat(3)}MIIB\n`.repeat(12)}-----END CERTIFICATE-----\n`
const CONFIG = 'log:\n  level: info # or debug\n\n  format: "json"\nlisteners:\n  - port: 8080\n    tls: {}\n'

describe('is written as by the library', () => {
  it.each([
    ['a certificate', PEM],
    ['a certificate without the last line feed', PEM.trimEnd()],
    ['a certificate with empty lines', `${PEM}\n\n\n`],
    ['a configuration', CONFIG.repeat(9)],
    ['JSON', JSON.stringify({ list: ['text', { a: 1 }] }, null, 2).repeat(9)],
    ['JSON in a line', JSON.stringify({ list: ['text'.repeat(20), { a: 1 }] })],
    ['a script', '#!/bin/sh\nset -eu\nif true; then\n    echo "$1: no"\nfi\n---\n...\nexit'],
    ['a Makefile', 'all:\n\techo yes\n\techo no\n\techo maybe\n'],
    ['blank lines', 'the first line\n  \n   \n\n   the last but one\n  '],
    ['a sentence', 'The connector is ready, and all of its data planes are, too.'],
    ['a sentence with a colon', 'The connector is not ready: the data plane does not answer.'],
    ['a sentence with quotes', 'The "connector" isn\'t ready: it\'s "waiting" for its database.'],
    ['a sentence with a number', '3 of 4 replicas of the connector are ready, one is still pending'],
    ['a sentence with a comment', 'The connector is waiting for its database #1 for a long time.'],
    ['a sentence of emoji and umlauts', 'Der Konnektor läuft schon länger als 24 Stunden 😀 – gut so… 漢字'],
    ['a URL', 'https://connector.acme.example.org:8443/api/v1/dsp?limit=100&continue=abc#fragment'],
    ['a DID', 'did:web:identity.acme.example.org%3A8443:participants:acme-corporation'],
    ['an image', 'registry.example.com:5000/kaphera/connector@sha256:3f2a1b4411114222833312345678'],
    ['a flag', '--dataspace.connector.endpoints.default=https://example.org/'],
    ['a UUID', '3f2a1b44-1111-4222-8333-123456789abc'],
    ['a number', '12345678901234567890123456789012345678901234567890'],
    ['a number of YAML 1.1', '1_234_567_890_123_456_789_012_345_678_901_234_567'],
    ['a time of YAML 1.1', '2024-01-01    00:00:00.000000000000000000000000000001 +01:00'],
    ['a sexagesimal number', '12:30:12:30:12:30:12:30:12:30:12:30:12:30:12:30:12:30'],
    ['what begins like a list', `- ${'a'.repeat(60)}`],
    ['what begins like a key', `? ${'a'.repeat(60)}`],
    ['what ends like a key', `${'a'.repeat(60)}:`],
    ['what ends in a blank', `${'a'.repeat(60)} `],
    ['a key that is too long without a mark', 'a'.repeat(1025)],
    ['a key that is not too long', 'a'.repeat(1024)],
    ['a short string with a mark', '§'],
    ['short lines with a mark', '§\n§\n\n'],
  ])('%s', (_, text) => {
    const value = around(text)
    expect(writeYaml(value)).toBe(byLibrary(value))
    expectRead(writeYaml(value), value)
    expect(writeYaml(text)).toBe(byLibrary(text))
  })

  it('any visible string', () => {
    const unit = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom('a', 'b', ' ', ':', '#', '-', "'", '"', '1', '.', '§', '\n', ': ', ' #'),
      },
      fc.constantFrom(
        ...'?,[]{}&*!|>%@`~<=+_/\\eEtT',
        'é',
        '😀',
        '\ue000',
        '\ufffd',
        'n',
        '\n\n',
        '\n ',
        'no',
        '---',
        '...',
      ),
    )
    fc.assert(
      fc.property(fc.string({ unit, minLength: 10, maxLength: 60, size: 'max' }), (text) => {
        const value = around(text)
        const written = writeYaml(value)
        expectRead(written, value)
        // The library quotes no separators of documents; blanks at the beginning of a block are quoted.
        if (!/^(?: |\n|---|\.\.\.)/.test(text)) expect(written).toBe(byLibrary(value))
      }),
      { numRuns: 3000, seed: 1 },
    )
  })
})

it('any string is read as it was, and is the same in slices', async () => {
  const rare = [
    '\r',
    '\r\n',
    '\t',
    '\0',
    '\x07',
    '\x7f',
    '\x85',
    '\xa0',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffe',
    '\uffff',
  ]
  const unit = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('a', ' ', ':', '-', '\n', '§', '"', "'", '\n---', '\n...\n', 'text '.repeat(6)),
    },
    fc.constantFrom(
      ...rare,
      '\ud800',
      '\udc00',
      '😀',
      '\\n',
      '§\\n',
      'a'.repeat(1000),
      'b'.repeat(4000),
      '\n'.repeat(20),
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  )
  const text = fc.string({ unit, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), text, async (texts, key) => {
      const value = {
        [key]: texts.map(around),
        items: [...texts, Object.fromEntries(texts.map((text) => [text, text]))],
      }
      const written = writeYaml(value)
      expectRead(written, value)
      const { items, ...rest } = value
      const parts = await yamlInSlices(value, slicesOf(), 'items')
      expect(Buffer.concat(parts ?? []).toString()).toBe(writeYaml({ ...rest, items }))
    }),
    { numRuns: 1000, seed: 1 },
  )
})

it.each(['---', '...', '--- a', '... a', '---\ta', '--- a\n', `--- ${'a'.repeat(60)}`])(
  'a key is no separator of documents: %j',
  (key) => {
    const value = { first: 1, [key]: { [key]: [key] } }
    expectRead(writeYaml(value), value)
    expectRead(writeYaml({ [key]: 1 }), { [key]: 1 })
    expectRead(writeYaml(key), key)
  },
)

it('numbers and other values are no strings', () => {
  const value = {
    n: [0, -1.5, 1e21, 5e-324, 123456789012345680000, Number.MAX_VALUE],
    b: [true, false, null],
    e: [{}, []],
  }
  expect(writeYaml(value)).toBe(byLibrary(value))
})
