import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generateSchemas, staleSchemas } from '../../infra/bundle/generate/generate.ts'
import { toJavaScript } from '../../infra/bundle/generate/pattern.ts'
import { directoryWith, temporaryDirectory } from './fixtures.ts'

/** A CRD with some fields of a spec, in YAML's flow style. */
function crd(fields: string, more: { annotations?: string; plural?: string } = {}): string {
  const { annotations = '{}', plural = 'things' } = more
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.example.com, annotations: ${annotations}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Thing, plural: ${plural}, singular: thing, shortNames: [th]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
      selectableFields: [{jsonPath: .spec.name}]
      additionalPrinterColumns: [{name: Name, type: string, jsonPath: .spec.name}]
      schema:
        openAPIV3Schema:
          type: object
          description: A thing.
          required: [spec]
          properties:
            spec: {type: object, ${fields}}
            status: {type: object, properties: {phase: {type: string, enum: [Up, Down]}}}
`
}

async function generated(fields: string, more?: Parameters<typeof crd>[1]): Promise<string> {
  const [crds, out] = await Promise.all([
    directoryWith({ 'example.com_things.yaml': crd(fields, more) }),
    temporaryDirectory(),
  ])
  await generateSchemas({ crds, out })
  const files = ['things.ts', 'specs/things.ts'].map((name) => readFile(join(out, name), 'utf8'))
  return (await Promise.all(files)).join('\n')
}

const REF =
  '{type: object, description: Which one., required: [name], properties: {name: {type: string, minLength: 1, maxLength: 63}}}'

describe('generated files', () => {
  it('describe the kind', async () => {
    const code = await generated(
      `required: [name], properties: {name: {type: string}, replicas: {type: integer}, ref: ${REF}}`,
      {
        annotations:
          '{api.kaphera.com/scope: organization, api.kaphera.com/references: "spec.ref: {plural: others, namespaced: true}", api.kaphera.com/secret-fields: "[spec.ref]"}',
      },
    )
    for (const line of [
      "group: 'example.com',",
      "version: 'v1',",
      "shortNames: ['th'],",
      'specRequired: true,',
      "columns: [{ name: 'Name', type: 'string', jsonPath: '.spec.name', priority: 0 }],",
      "selectableFields: ['spec.name'],",
      "scale: '.spec.replicas',",
      "scope: 'organization',",
      "references: { ref: { plural: 'others', namespaced: true } },",
      "secretFields: ['spec.ref'],",
    ]) {
      expect(code).toContain(line)
    }
  })

  it('have documented types in which a default makes a field optional', async () => {
    const code = await generated(
      'required: [mode, name], properties: {mode: {type: string, enum: [A, B], default: A, description: How.}, name: {type: string, description: Who.}, "odd-name": {type: array, items: {type: integer}}, free: {type: object, additionalProperties: {x-kubernetes-int-or-string: true}}}',
    )
    expect(code).toContain(`  /**\n   * How.\n   * @default "A"\n   */\n  mode?: 'A' | 'B' | undefined\n`)
    expect(code).toContain(`  /** Who. */\n  name: string\n`)
    expect(code).toContain(`  'odd-name'?: Array<number> | undefined`)
    expect(code).toContain(`  free?: Record<string, number | string> | undefined`)
    expect(code).toContain(`mode: optional(oneOf('A', 'B'))`)
    expect(code).toContain(`phase?: 'Up' | 'Down' | undefined`)
  })

  it('say what repeats once', async () => {
    const code = await generated(`properties: {a: ${REF}, b: ${REF}, c: {type: array, items: ${REF}}}`)
    expect(code.match(/minLength: 1/g)).toHaveLength(1)
    expect(code.match(/interface Thing\w*/g)).toEqual([
      'interface ThingSpec',
      'interface ThingA',
      'interface ThingStatus',
    ])
  })

  it('are the same each time', async () => {
    const fields = `properties: {a: ${REF}, b: ${REF}, c: {type: array, items: ${REF}}}`
    expect(await generated(fields)).toBe(await generated(fields))
  })

  it.each([
    [
      'a format that is not implemented',
      'properties: {a: {type: string, format: cidr}}',
      'example.com_things.yaml: spec.a: format cidr',
    ],
    ['alternatives', 'properties: {a: {type: object, oneOf: [{required: [x]}]}}', 'spec.a: oneOf is not supported'],
    [
      'a set of objects',
      `properties: {a: {type: array, x-kubernetes-list-type: set, items: ${REF}}}`,
      'spec.a: a set of objects',
    ],
    [
      'a pattern with look-ahead',
      'properties: {a: {type: array, items: {type: string, pattern: "^(?=x)"}}}',
      'spec.a.item: pattern',
    ],
    ['a required field without schema', 'required: [b], properties: {a: {type: string}}', 'spec: requires b'],
    ['a fraction as factor', 'properties: {a: {type: number, multipleOf: 0.5}}', 'spec.a: multipleOf'],
  ])('refuse %s', async (_, fields, reason) => {
    await expect(generated(fields)).rejects.toThrow(reason)
  })

  it.each([
    ['references', '{api.kaphera.com/references: "spec.nothing: others"}', 'spec.nothing is not a field'],
    ['secret-fields', '{api.kaphera.com/secret-fields: "[spec.nothing]"}', 'no field is called spec.nothing'],
    ['scope', '{api.kaphera.com/scope: cluster}', 'must be organization or platform'],
  ])('refuse an annotation %s that leads nowhere', async (_, annotations, reason) => {
    await expect(generated(`properties: {a: ${REF}}`, { annotations })).rejects.toThrow(reason)
  })
})

describe('the check', () => {
  it('finds files that are stale, missing or left over', async () => {
    const crds = await directoryWith({
      'a.yaml': crd('properties: {a: {type: string}}', { plural: 'ones' }),
      'b.yaml': crd('properties: {a: {type: string}}', { plural: 'twos' }),
    })
    const out = await temporaryDirectory()
    await generateSchemas({ crds, out })
    expect(await staleSchemas({ crds, out })).toEqual([])

    await writeFile(join(crds, 'a.yaml'), crd('properties: {a: {type: integer}}', { plural: 'ones' }))
    await rm(join(out, 'twos.ts'))
    await writeFile(join(out, 'threes.ts'), '')
    expect(await staleSchemas({ crds, out })).toEqual([
      'ones.ts is stale',
      'specs/ones.ts is stale',
      'threes.ts has no CRD any more',
      'twos.ts is missing',
    ])

    await generateSchemas({ crds, out })
    expect(await staleSchemas({ crds, out })).toEqual([])
  })
})

describe('patterns', () => {
  it.each([
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'],
    ['a.b', 'a[^\\n]b'],
    ['\\s[\\s.]\\S', '[\\t\\n\\f\\r ][\\t\\n\\f\\r .][^\\t\\n\\f\\r ]'],
    ['\\A\\d+\\z', '^\\d+$'],
    ['[\\w.-]\\/(?:x|y){2,3}', '[\\w.-]\\/(?:x|y){2,3}'],
  ])('%s becomes %s', (pattern, expected) => {
    expect(toJavaScript(pattern)).toBe(expected)
  })

  it.each([
    '(?i)a',
    '(?P<n>a)',
    '(?=a)',
    '(?<!a)b',
    '\\pL',
    '\\Qa\\E',
    '[[:alpha:]]',
    '[]a]',
    '(a)\\1',
    '\\C',
    'a{,2}',
    '\\h',
    '[\\S]',
    '\\-',
  ])('%s is refused: it may not mean the same', (pattern) => {
    expect(() => toJavaScript(pattern)).toThrow('pattern')
  })
})
