/** Bodies that are small and cost much, and names that every object inherits. */
import { afterEach, describe, expect, it } from 'vitest'
import { parseJson, VALUES_LIMIT } from '../../../shared/http/json.ts'
import { parseYaml, parseYamlDocuments, toYaml } from '../../../shared/http/yaml.ts'
import { fieldPathToPointer } from '../../../shared/kube/field-path.ts'
import { jsonPatch } from '../../../shared/resource/patch/json-patch.ts'
import { applyMergePatch } from '../../../shared/resource/patch/merge-patch.ts'
import { type Json, sample, world } from '../../unit/fixtures/world.ts'
import { ATTACKS } from '../../whole.ts'

const MANY = 100_000
/** Why a YAML text is refused before it is parsed. */
const TOO_MANY = `validation_failed: must have at most ${VALUES_LIMIT} values; in YAML each line, comma, "- ", "? ", "[" and "{" counts as one`
const INHERITED = Object.getOwnPropertyNames(Object.prototype)
/** Names that lead to what all objects share. */
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__']

afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(INHERITED)
  expect(({} as Json).polluted).toBeUndefined()
})

/** The reason for which a body is refused. */
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    const { code, errors } = error as Json
    return `${code}: ${errors[0].detail}`
  }
  return 'accepted'
}

describe('CVE-2024-40634: nesting of 10^5 levels', () => {
  it.each([
    ['lists', `${'['.repeat(MANY)}${']'.repeat(MANY)}`],
    ['lists that do not end', '[0,'.repeat(MANY)],
    ['objects', `${'{"a":'.repeat(MANY)}1${'}'.repeat(MANY)}`],
    ['objects that do not end', '{"a":'.repeat(MANY)],
    ['objects and lists', `${'{"a":['.repeat(MANY / 2)}1${']}'.repeat(MANY / 2)}`],
  ])('is refused in JSON: %s', async (_, text) => {
    expect(await refusal(() => parseJson(text))).toBe('validation_failed: must not be nested deeper than 64 levels')
  })

  it.each([
    ['flow lists', (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`],
    ['flow maps', (levels: number) => '{a: '.repeat(levels)],
    ['block lists', (levels: number) => '- '.repeat(levels)],
    ['explicit keys', (levels: number) => '? '.repeat(levels)],
  ])('is refused in YAML before it is parsed, and less of it when it is: %s', async (_, textOf) => {
    expect(await refusal(() => parseYaml(textOf(MANY)))).toBe(TOO_MANY)
    expect(await refusal(() => parseYaml(textOf(10_000)))).toMatch(
      /^validation_failed: cannot be read as YAML: nesting exceeded/,
    )
  })

  it('is refused in YAML: block maps', async () => {
    const text = Array.from({ length: 1000 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')
    expect(await refusal(() => parseYaml(text))).toMatch(/^validation_failed: cannot be read as YAML: nesting exceeded/)
  })
})

describe('10^5 values', () => {
  const keys = Array.from({ length: MANY }, (_, index) => `k${index}`)
  const json = (count: number): string => `{${keys.slice(0, count).map((key) => `"${key}":0`)}}`
  const yaml = (count: number): string => keys.slice(0, count).join(': 0\n')

  it('are refused in JSON', async () => {
    const reason = `validation_failed: must have at most ${VALUES_LIMIT} values`
    expect(await refusal(() => parseJson(json(MANY)))).toBe(reason)
    expect(await refusal(() => parseJson(json(VALUES_LIMIT + 1)))).toBe(reason)
    expect(await refusal(() => parseJson(`[${'1,'.repeat(VALUES_LIMIT)}1]`))).toBe(reason)
    expect(Object.keys(parseJson(json(VALUES_LIMIT)) as Json)).toHaveLength(VALUES_LIMIT)
  })

  it('are refused in YAML before it is parsed', async () => {
    expect(await refusal(() => parseYaml(yaml(MANY)))).toBe(TOO_MANY)
    expect(await refusal(() => parseYaml(`[${':,'.repeat(500_000)}]`))).toBe(TOO_MANY)
    expect(await refusal(() => parseYaml('-\t1\r'.repeat(VALUES_LIMIT / 2 + 1)))).toBe(TOO_MANY)
    expect(await parseYaml('-\t1\r\n'.repeat(VALUES_LIMIT / 2))).toHaveLength(VALUES_LIMIT / 2)
    expect(Object.keys((await parseYaml(`${yaml(VALUES_LIMIT + 1)}: 0`)) as Json)).toHaveLength(VALUES_LIMIT + 1)
  })

  it('are not what strings have', async () => {
    const text = '[{-?:,'.repeat(40_000)
    expect(parseJson(JSON.stringify({ text }))).toEqual({ text })
    const prose = 'A text, with a comma and a line\n'.repeat(8_000)
    expect(await parseYaml(JSON.stringify({ prose }))).toEqual({ prose })
  })

  it('that are the same are refused with few errors', () => {
    const text = `{${'"a":0,'.repeat(MANY)}"a":0}`
    const caught = ((): Json => {
      try {
        return parseJson(text)
      } catch (error) {
        return error
      }
    })()
    expect(caught.code).toBe('validation_failed')
    expect(caught.errors.length).toBeLessThanOrEqual(101)
  })
})

describe('CVE-2019-11253: a text that expands itself', () => {
  it.each([
    ['aliases', `a: &a [x]\n${Array.from({ length: 20 }, (_, at) => `b${at}: &b${at} [*a, *a]`).join('\n')}`],
    ['merged maps', 'a: &a {x: 1}\nb:\n  <<: *a\n'],
    ['a cycle', '&a [*a]'],
    ['documents', '---\n'.repeat(MANY)],
    ['a tag', '!!python/object/apply:os.system ["id"]'],
  ])('is refused in YAML: %s', async (_, text) => {
    expect(await refusal(() => parseYamlDocuments(text))).toMatch(/^validation_failed: cannot be read as YAML: /)
  })

  it.each([
    ['copies of everything', Array.from({ length: 64 }, (_, at) => ({ op: 'copy', from: '', path: `/k${at}` }))],
    [
      'copies of a list into itself',
      Array.from({ length: 64 }, () => ({ op: 'copy', from: '/list', path: '/list/-' })),
    ],
    [
      'copies that are moved',
      Array.from({ length: 40 }, (_, at) => [
        { op: 'copy', from: '/list', path: '/x' },
        { op: 'move', from: '/x', path: `/list/${at % 2}` },
      ]).flat(),
    ],
  ])('is refused as a JSON Patch: %s', async (_, patch) => {
    const patcher = await jsonPatch(patch)
    expect(() => patcher({ list: ['x'.repeat(100)] })).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })
})

describe('a long string', () => {
  it.each([
    ['plain', 'a'.repeat(5000)],
    ['with lines', 'a: b\n'.repeat(2000)],
    [
      'with every character',
      Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
        .join('')
        .toWellFormed(),
    ],
    ['of marks', '§'.repeat(5000)],
    ['of lines of marks', '  §\n"§\\n": §\n'.repeat(500)],
    ['of digits', '1'.repeat(200_000)],
    ['of parts of a number', '1:'.repeat(100_000)],
    ['of empty lines', `a${'\n'.repeat(200_000)}`],
  ])('is the same in YAML, as key and as value: %s', async (_, text) => {
    const value = { [text]: text, list: [text, 'short'] }
    expect(await parseYaml(await toYaml(value))).toEqual(value)
  })

  it('of brackets is no path of fields', () => {
    expect(fieldPathToPointer(`spec.config${'['.repeat(MANY)}`)).toBe(`/spec/config/${'['.repeat(MANY - 1)}`)
  })
})

describe('CVE-2019-10744: a name that every object inherits', () => {
  it.each(NAMES)('is a name like any other in a body: %s', async (name) => {
    const text = `{"${name}": {"polluted": true}, "spec": {"${name}": {"polluted": true}}}`
    for (const body of [parseJson(text), await parseYaml(text)]) {
      for (const value of [body, applyMergePatch({ spec: {} }, body), applyMergePatch(body, { other: 1 })] as Json[]) {
        expect(Object.hasOwn(value, name)).toBe(true)
        expect(Object.hasOwn(value.spec, name)).toBe(true)
        expect(value.polluted).toBeUndefined()
        expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      }
    }
  })

  it('changes nothing else and is no failure, in any map of a request', { timeout: 120_000 }, async () => {
    const { as, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const caller = await as('admin', 'acme')
    const COLLECTION = '/v1/organizations/acme/connectors'
    const seen: string[] = []
    const send = async (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<void> => {
      const { status } = await caller(method, path, { body, headers })
      if (status >= 500) seen.push(`${method} ${path} ${JSON.stringify(headers)} ${JSON.stringify(body)}: ${status}`)
    }
    for (const name of ATTACKS ? NAMES : NAMES.slice(0, 2)) {
      const map = JSON.parse(`{"${name}": {"polluted": true}}`)
      const texts = JSON.parse(`{"${name}": "x"}`)
      for (const body of [
        map,
        { metadata: map },
        { metadata: { labels: texts } },
        { metadata: { annotations: texts } },
        { spec: map },
        { spec: { config: texts } },
        { spec: { controlPlane: map } },
      ] as Json[]) {
        await send('PATCH', `${COLLECTION}/edc?dryRun=All&diff=true`, body)
        await send('PATCH', `${COLLECTION}/edc?dryRun=All`, JSON.stringify(body), {
          'Content-Type': 'application/apply-patch+yaml',
        })
        const whole = { ...sample('connectors', 'new'), ...body, metadata: { name: 'new', ...body.metadata } }
        await send('POST', `${COLLECTION}?dryRun=All`, whole)
        await send('POST', '/v1/organizations/acme/apply?dryRun=All', [whole])
      }
      const pointers = [`/${name}/polluted`, `/spec/${name}/polluted`, `/metadata/${name}`, `/spec/config/${name}`]
      for (const path of pointers) {
        for (const op of ['add', 'replace', 'remove', 'test']) {
          await send('PATCH', `${COLLECTION}/edc?dryRun=All`, [{ op, path, value: true }], {
            'Content-Type': 'application/json-patch+json',
          })
        }
        for (const op of ['move', 'copy']) {
          await send('PATCH', `${COLLECTION}/edc?dryRun=All`, [{ op, from: path, path: '/spec/x' }], {
            'Content-Type': 'application/json-patch+json',
          })
        }
      }
      for (const query of ['', 'sort', 'view', 'fieldSelector', 'labelSelector', 'q', 'continue', 'limit']) {
        await send('GET', `${COLLECTION}?${query === '' ? name : query}=${name}`)
      }
      for (const path of [
        `${COLLECTION}/${name}`,
        `/v1/organizations/${name}/connectors`,
        `/v1/organizations/acme/overview?kinds=${name}`,
        `/v1/organizations/acme/watch?kinds=${name}`,
      ]) {
        await send('GET', path)
      }
      for (const header of ['Prefer', 'Accept', 'If-None-Match', 'Last-Event-ID', 'X-Field-Manager', 'tracestate']) {
        await send('GET', `${COLLECTION}/edc`, undefined, { [header]: `${name}=1;${name}=2` })
      }
    }
    expect(seen).toEqual([])
  })
})
