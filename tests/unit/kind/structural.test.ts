import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as formats from '../../../shared/kind/schema/formats.ts'
import {
  anything,
  boolean,
  integer,
  intOrString,
  list,
  map,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  string,
} from '../../../shared/kind/schema/structural.ts'
import verdicts from '../../schemas/formats.json' with { type: 'json' }

/** Returns the errors of a value, each with path and message. */
function faults(schema: Schema, value: unknown): string[] {
  const { issues = [] } = v.safeParse(schema, value)
  return issues.map(({ path, message }) => `${(path ?? []).map(({ key }) => `/${key}`).join('')}: ${message}`)
}

describe('schemas of structural validation', () => {
  it('find all errors at once, each with its path', () => {
    const schema = object({
      version: string({ pattern: /^\d+$/u }),
      replicas: optional(integer({ minimum: 0, maximum: 20 })),
      refs: list(object({ name: string({ minLength: 1 }) }), { minItems: 5, unique: { name: undefined } }),
      config: map(string()),
      mode: oneOf('A', 'B'),
      flag: boolean(),
    })
    const value = {
      version: 'x',
      replicas: 21.5,
      refs: [{ name: '' }, { name: 'a' }, { name: 'a', extra: 1 }, {}],
      config: { a: 'b', 'c/d': 1 },
      mode: 'C',
    }
    expect(faults(schema, value)).toEqual([
      '/version: must match ^\\d+$',
      '/replicas: must be an integer',
      '/refs/0/name: must have at least 1 character',
      '/refs/3/name: is required',
      '/refs: must have at least 5 elements',
      '/refs/2: is duplicated',
      '/config/c/d: must be a string',
      '/mode: must be one of A, B',
      '/flag: is required',
    ])
  })

  it.each([
    ['verison', 'version', '; it may be misspelled as "verison"'],
    ['Version', 'version', '; it may be misspelled as "Version"'],
    ['versions', 'version', ''],
    ['vessel', 'version', ''],
    ['ab', 'id', ''],
    ['versio"n', 'version', '; it may be misspelled as "versio\\"n"'],
  ])('say that %s may be meant for the missing %s, unless it is a field or differs in much', (given, name, hint) => {
    const schema = object({ [name]: string(), versions: optional(string()) })
    expect(faults(schema, { other: 1, [given]: '1' })).toEqual([`/${name}: is required${hint}`])
  })

  it('look for a misspelled field among the first hundred', () => {
    const others = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]))
    const schema = object({ version: string() })
    expect(faults(schema, { ...others(99), verison: '1' })).toEqual([
      '/version: is required; it may be misspelled as "verison"',
    ])
    expect(faults(schema, { ...others(100), verison: '1' })).toEqual(['/version: is required'])
  })

  it('look at the elements of a list that has a few too many, as the API server does', () => {
    const element = v.pipe(
      integer(),
      v.check(() => false, 'is wrong'),
    )
    const schema = list(element, { maxItems: 3, unique: 'set' })
    expect(faults(schema, [1, 1, 2, 3]).sort()).toEqual([
      '/0: is wrong',
      '/1: is duplicated',
      '/1: is wrong',
      '/2: is wrong',
      '/3: is wrong',
      ': must have at most 3 elements',
    ])
  })

  it('do not look at the members of a list or map that has more than 100 too many', () => {
    let looks = 0
    const member = v.pipe(
      integer(),
      v.check(() => {
        looks += 1
        return true
      }),
    )
    const schema = object({
      list: list(member, { maxItems: 3, unique: 'set' }),
      map: map(member, { maxProperties: 3 }),
    })
    const specOf = (members: readonly number[]) => ({ list: members, map: { ...members } })
    const tooLarge = ['/list: must have at most 3 elements', '/map: must have at most 3 members']
    expect(faults(schema, specOf(Array.from({ length: 103 }, (_, index) => index)))).toEqual(tooLarge)
    expect(looks).toBe(206)
    looks = 0
    expect(faults(schema, specOf(Array(104).fill(1)))).toEqual(tooLarge)
    expect(looks).toBe(0)
  })

  it.each([
    ['lists', list(integer()), Array(50_000).fill('x')],
    ['maps', map(integer()), Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 'x']))],
    ['lists of lists', list(list(integer())), Array(300).fill(Array(300).fill('x'))],
    ['maps of lists', map(list(integer())), Object.fromEntries([...Array(300).keys()].map((key) => [key, ['x', 'x']]))],
    ['sets', list(string(), { unique: 'set' }), Array.from({ length: 50_000 }, (_, index) => `${index >> 1}`)],
  ])('stop after 100 errors in %s', (_, schema, value) => {
    expect(faults(schema, value)).toHaveLength(100)
  })

  it('keep the input of each error: what is absent may be set by others', () => {
    const element = object({ name: string(), size: integer() })
    for (const [schema, value] of [
      [list(element), [{ size: 'x' }]],
      [map(element), { a: { size: 'x' } }],
    ] as const) {
      const { issues = [] } = v.safeParse(schema, value)
      expect(issues.map(({ input, message }) => [input, message])).toEqual([
        [undefined, 'is required'],
        ['x', 'must be an integer'],
      ])
    }
  })

  it('never repeat a value in a message', () => {
    const secret = 'canary-4711'
    const schema = object({
      a: integer(),
      b: oneOf('x'),
      c: string({ pattern: /^y$/u, maxLength: 3, format: formats.uuid }),
      d: boolean(),
      e: list(string(), { unique: 'set' }),
      f: object({}),
      g: map(integer()),
      h: string({ pattern: /^y$/u, format: formats.hostname }),
    })
    const value = {
      a: secret,
      b: secret,
      c: secret,
      d: secret,
      e: [secret, secret],
      f: secret,
      g: { x: secret },
      h: `${secret} `,
    }
    const found = faults(schema, value)
    expect(found).toHaveLength(9)
    expect(found.join()).not.toContain(secret)
  })

  it('read null as absent, which is an error for a required field', () => {
    const schema = object({ needed: string(), other: optional(string()), kept: nullable(string()) })
    expect(faults(schema, { needed: 'x', other: null, kept: null })).toEqual([])
    expect(faults(schema, { needed: null, kept: null })).toEqual(['/needed: must be a string'])
    expect(faults(list(string()), [null])).toEqual(['/0: must be a string'])
    expect(faults(map(string(), { minProperties: 1 }), { a: null })).toEqual([': must have at least 1 member'])
  })

  it('ignore unknown fields, including __proto__', () => {
    expect(
      faults(object({ a: optional(string()) }), JSON.parse('{"b":1,"__proto__":{"a":1},"constructor":2}')),
    ).toEqual([])
    expect(faults(map(integer()), JSON.parse('{"__proto__":"x","constructor":"y"}'))).toHaveLength(2)
  })

  it('do not accept a list as an object', () => {
    expect(faults(object({}), [])).toEqual([': must be an object'])
    expect(faults(map(anything()), [])).toEqual([': must be an object'])
  })

  it('count code points', () => {
    expect(faults(string({ maxLength: 2 }), '𝒳𝒳')).toEqual([])
    expect(faults(string({ minLength: 3 }), '𝒳𝒳')).toEqual([': must have at least 3 characters'])
  })

  it('do not match a pattern on a very long text, which the cluster checks', () => {
    const slow = string({ pattern: /^(a+)+$/u })
    expect(faults(slow, `${'a'.repeat(5000)}!`)).toEqual([])
  })

  it.each([
    [integer(), [0, -5, 2 ** 53, 9.2e18, 1e3], [1.5, 2 ** 63, -(2 ** 63), 1e21, Number.NaN, '1', null, true]],
    [integer({ int32: true }), [2 ** 31 - 1, -(2 ** 31)], [2 ** 31, -(2 ** 31) - 1]],
    [integer({ multipleOf: 5 }), [10, 0, -15], [11]],
    [integer({ minimum: 0, exclusiveMinimum: true, maximum: 10, exclusiveMaximum: true }), [1, 9], [0, 10]],
    [number({ minimum: 0.5 }), [0.5, 1e300], [0.4, '1']],
    [intOrString({ pattern: /^\d+Gi$/u, minimum: 1 }), ['5Gi', 5], ['5', 0, 1.5, true, null, []]],
    [oneOf(1, 3), [1, 3], [2, '1']],
    [anything(), [0, '', false, [], {}], [null, undefined]],
    [list(integer(), { unique: 'set' }), [[1, 2]], [[1, 2, 1]]],
    [
      list(object({}), { unique: { port: undefined, protocol: 'TCP' } }),
      [[{ port: 1 }, { port: 1, protocol: 'UDP' }]],
      [[{ port: 1 }, { port: 1, protocol: 'TCP' }]],
    ],
  ])("have the API server's limits (%#)", (schema, accepted, refused) => {
    for (const value of accepted) expect(faults(schema, value), JSON.stringify(value)).toEqual([])
    for (const value of refused) expect(faults(schema, value), JSON.stringify(value)).not.toEqual([])
  })

  it('find repetitions after the fields of misplaced objects are removed', () => {
    const keyed = list(object({ name: string() }), { unique: { name: undefined } })
    expect(faults(keyed, [{ name: { a: 1 } }, { name: { b: 2 } }])).toContain('/1: is duplicated')
    expect(faults(keyed, [{ name: { a: 1 } }, { name: [] }])).not.toContain('/1: is duplicated')
    expect(faults(list(string(), { unique: 'set' }), [{ a: 1 }, {}])).toContain('/1: is duplicated')
  })
})

describe('formats', () => {
  const { date, dateTime, email, hostname, uri, uuid } = formats
  const all = { date, 'date-time': dateTime, email, hostname, uri, uuid }

  it.each(Object.entries(verdicts))('validate %s as the API server does', (name, texts) => {
    const format = all[name as keyof typeof all]
    for (const text of texts.accepted) expect(format.matches(text), JSON.stringify(text)).toBe(true)
    for (const text of texts.refused) expect(format.matches(text), JSON.stringify(text)).toBe(false)
  })
})
