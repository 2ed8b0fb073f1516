import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ANNOTATIONS } from '../../../../infra/bundle/generate/annotations.ts'
import { columnsOf, mainVersion, readCrds } from '../../../../infra/bundle/generate/crd.ts'
import { generateSchemas, staleSchemas } from '../../../../infra/bundle/generate/generate.ts'
import { toJavaScript } from '../../../../infra/bundle/generate/pattern.ts'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { directoryWith, temporaryDirectory } from '../../fixtures/build.ts'

const CREATION = '.metadata.creationTimestamp'

/** A CRD with some fields of a spec, in YAML's flow style. */
function crd(
  fields: string,
  more: { annotations?: string; plural?: string; kind?: string; column?: string; selectable?: string } = {},
): string {
  const { annotations = '{}', plural = 'things', kind = 'Thing', column = '.status.phase', selectable = column } = more
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.example.com, annotations: ${annotations}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: ${kind}, plural: ${plural}, singular: thing, shortNames: [th]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
      selectableFields: [{jsonPath: ${JSON.stringify(selectable)}}]
      additionalPrinterColumns: [{name: Shown, type: string, jsonPath: ${JSON.stringify(column)}}]
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
  '{type: object, description: Which one., required: [name], properties: {name: {type: string, minLength: 1, maxLength: 63}, namespace: {type: string}}}'

/** Fields that annotations can name. */
const SHARED = `properties: {ref: ${REF}, list: {type: array, items: {type: string}}, mode: {type: string, enum: [Private, Organizations, Public]}, from: {type: object, properties: {from: {type: string}, selector: {type: object}}}}`

describe('generated files', () => {
  it('describe the kind', async () => {
    const code = await generated(
      `required: [name], properties: {name: {type: string}, replicas: {type: integer}, ref: ${REF}, keys: {type: array, items: ${REF}}}`,
      {
        annotations: JSON.stringify({
          'api.kaphera.com/scope': 'organization',
          'api.kaphera.com/references': 'spec.ref: {plural: things, namespaced: true}\nspec.keys[]: things',
          'api.kaphera.com/participant': 'spec.ref.name',
          'api.kaphera.com/secret-fields': '[spec.ref, "spec.keys[].name"]',
          'api.kaphera.com/private-fields': '[spec.ref.name]',
          'other.example.com/note': 'is not ours',
        }),
      },
    )
    for (const line of [
      "group: 'example.com',",
      "version: 'v1',",
      "shortNames: ['th'],",
      'specRequired: true,',
      "columns: [{ name: 'Shown', type: 'string', jsonPath: '.status.phase', priority: 0 }],",
      "selectableFields: ['status.phase'],",
      "scale: '.spec.replicas',",
      "scope: 'organization',",
      "references: { ref: { plural: 'things', namespaced: true }, 'keys[]': { plural: 'things', namespaced: false } },",
      "participant: 'spec.ref.name',",
      "secretFields: ['spec.ref', 'spec.keys.name'],",
      "privateFields: ['spec.ref.name'],",
    ]) {
      expect(code).toContain(line)
    }
  })

  it('make a field with a default optional in documented types', async () => {
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

  it('share what is repeated', async () => {
    const code = await generated(`properties: {a: ${REF}, b: ${REF}, c: {type: array, items: ${REF}}}`)
    expect(code.match(/minLength: 1/g)).toHaveLength(1)
    expect(code.match(/interface Thing\w*/g)).toEqual([
      'interface ThingSpec',
      'interface ThingA',
      'interface ThingStatus',
    ])
  })

  it('are reproducible', async () => {
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
  ])('do not support %s', async (_, fields, reason) => {
    await expect(generated(fields)).rejects.toThrow(reason)
  })

  it.each([
    ['namespaces: spec.from', "sharing: { namespaces: 'spec.from' },"],
    ['organizations: spec.list', "sharing: { organizations: 'spec.list' },"],
    [
      'organizations: spec.list\nvisibility: spec.mode',
      "sharing: { organizations: 'spec.list', visibility: 'spec.mode' },",
    ],
  ])('state how objects are shared: %j', async (sharing, line) => {
    const annotations = JSON.stringify({ 'api.kaphera.com/sharing': sharing })
    expect(await generated(SHARED, { annotations })).toContain(line)
  })

  it.each([
    [
      'unknown',
      'sharingg',
      'x',
      'is unknown; there are scope, references, sharing, participant, secret-fields, private-fields, abnormal-conditions',
    ],
    ['that is not YAML', 'references', '{', 'is not YAML'],
    ['with a wrong value', 'scope', 'cluster', 'must be organization or platform'],
    ['with a wrong value', 'references', 'spec.ref', 'must be a map from field paths to plurals'],
    ['with a wrong value', 'references', 'spec.ref: {plural: things, name: x}', 'must be a map from field paths'],
    ['with a wrong value', 'secret-fields', 'spec.ref', 'must be a list of field paths'],
    ['with a wrong value', 'sharing', 'spec.list', 'must be a map with namespaces, or with organizations'],
    ['with a wrong value', 'sharing', 'visibility: spec.mode', 'must be a map with namespaces, or with organizations'],
    ['for an unknown kind', 'references', 'spec.ref: others', 'names others, which is not the plural of a kind'],
    ['for an unknown field', 'references', 'spec.no: things', 'names spec.no, which is not a field of spec'],
    ['for an unknown field', 'references', 'status.phase: things', 'names status.phase, which is not a field of spec'],
    ['for an unknown field', 'references', 'spec.ref[]: things', 'names spec.ref[], which is not a field of spec'],
    ['for an unknown field', 'secret-fields', '[spec.no]', 'names spec.no, which is not a field of spec'],
    ['for an unknown field', 'participant', 'metadata.uid', 'names metadata.uid, which is not a field of spec'],
    ['for an unknown field', 'sharing', 'namespaces: spec.no', 'names spec.no, which is not a field of spec'],
    ['for an unfit field', 'references', 'spec.mode: things', 'names spec.mode, which has no field name'],
    ['for an unfit field', 'participant', 'spec.list', 'names spec.list, which is not a text'],
    ['for an unfit field', 'sharing', 'namespaces: spec.list', 'names spec.list, which is not an object with from'],
    ['for an unfit field', 'sharing', 'organizations: spec.mode', 'names spec.mode, which is not a list of names'],
    [
      'for an unfit field',
      'sharing',
      'organizations: spec.list\nvisibility: spec.list',
      'names spec.list, which is not an enum with Organizations and Public',
    ],
  ])('do not support an annotation %s: %s: %j', async (_, name, value, reason) => {
    const annotations = JSON.stringify({ [`api.kaphera.com/${name}`]: value })
    await expect(generated(SHARED, { annotations })).rejects.toThrow(
      `example.com_things.yaml: annotation api.kaphera.com/${name} ${reason}`,
    )
  })

  it.each([
    '.spec.no',
    'status.phase',
    '.status.phases',
    '.spec.list.x',
    '.spec.keys[*].no',
    '.spec.keys[?(@.name=="x")].no',
    '.no',
  ])('do not support a column of something that is not a field: %s', async (column) => {
    const fields = `properties: {list: {type: array, items: {type: string}}, keys: {type: array, items: ${REF}}}`
    await expect(generated(fields, { column, selectable: '.status.phase' })).rejects.toThrow(
      `example.com_things.yaml: the column Shown shows ${column}, which is not a field`,
    )
  })

  it.each([
    '.metadata.creationTimestamp',
    '.metadata.labels.a\\.b',
    '.spec.keys[*].name',
    '.spec.keys[?(@.name=="x")].namespace',
    '.spec.map.any',
    ".spec.map['a.b']",
    '.spec.free.any.thing',
  ])('support a column of a field: %s', async (column) => {
    const free = 'free: {type: object, x-kubernetes-preserve-unknown-fields: true}'
    const map = 'map: {type: object, additionalProperties: {type: string}}'
    const fields = `properties: {keys: {type: array, items: ${REF}}, ${map}, ${free}}`
    expect(await generated(fields, { column, selectable: '.status.phase' })).toContain("name: 'Shown'")
  })

  it('do not support a selectable field that does not exist', async () => {
    await expect(generated('properties: {}', { selectable: '.spec.no' })).rejects.toThrow(
      'example.com_things.yaml: the selectable field .spec.no is not a field',
    )
  })

  it('support exactly the annotations that infra/crds/README.md lists', async () => {
    const readme = await readFile(join(PROJECT, 'infra', 'crds', 'README.md'), 'utf8')
    const listed = [...readme.matchAll(/^\| `api\.kaphera\.com\/([a-z-]+)`/gm)].map(([, name]) => name)
    expect(listed).toEqual(Object.keys(ANNOTATIONS))
  })
})

describe('the CRDs of infra/crds', () => {
  it('have the columns that infra/crds/README.md asks for, and summaries show each field once', async () => {
    const files = await readCrds(join(PROJECT, 'infra', 'crds'))
    expect(files.length).toBeGreaterThan(0)
    for (const source of files) {
      const version = mainVersion(source)
      expect(version.additionalPrinterColumns, source.file).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'Phase' }),
          expect.objectContaining({ name: 'Ready' }),
          { name: 'Age', type: 'date', jsonPath: CREATION },
          { name: 'Created', type: 'string', jsonPath: CREATION, priority: 1 },
          { name: 'Generation', type: 'integer', jsonPath: '.metadata.generation', priority: 1 },
          { name: 'Namespace', type: 'string', jsonPath: '.metadata.namespace', priority: 1 },
        ]),
      )
      const shown = columnsOf(version)
      const ofMetadata = shown.filter(({ jsonPath }) => jsonPath.startsWith('.metadata.'))
      expect(ofMetadata.map(({ name }) => name)).toEqual(['Age'])
    }
  })
})

describe('the check of generated files', () => {
  it('finds stale, missing and orphaned files', async () => {
    const crds = await directoryWith({
      'a.yaml': crd('properties: {a: {type: string}}', { plural: 'ones' }),
      'b.yaml': crd('properties: {a: {type: string}}', { plural: 'twos', kind: 'Two' }),
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

describe('patterns of CRDs', () => {
  it.each([
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'],
    ['a.b', 'a[^\\n]b'],
    ['\\s[\\s.]\\S', '[\\t\\n\\f\\r ][\\t\\n\\f\\r .][^\\t\\n\\f\\r ]'],
    ['\\A\\d+\\z', '^\\d+$'],
    ['[\\w.-]\\/(?:x|y){2,3}', '[\\w.-]\\/(?:x|y){2,3}'],
  ])('are translated from %s to %s', (pattern, expected) => {
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
  ])('are refused if their meaning could differ: %s', (pattern) => {
    expect(() => toJavaScript(pattern)).toThrow('pattern')
  })
})
