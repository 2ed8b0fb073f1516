/** How many values a body may have: more than an object can have, and not so many that reading them keeps others waiting. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mainVersion, readCrds, type SchemaNode } from '../../../infra/bundle/generate/crd.ts'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { BULK_VALUES_LIMIT, readManifests } from '../../../shared/bulk/manifests.ts'
import { parseJson, VALUES_LIMIT } from '../../../shared/http/json.ts'
import { parseYaml } from '../../../shared/http/yaml.ts'

const crds = await readCrds(join(PROJECT, 'infra', 'crds'))

/** Most values that a schema accepts. */
function mostValues({ items, properties, additionalProperties, maxItems, maxProperties }: SchemaNode): number {
  if (items !== undefined) return 1 + (maxItems ?? Number.POSITIVE_INFINITY) * mostValues(items)
  if (typeof additionalProperties === 'object')
    return 1 + (maxProperties ?? Number.POSITIVE_INFINITY) * mostValues(additionalProperties)
  return Object.values(properties ?? {}).reduce((sum, property) => sum + mostValues(property), 1)
}

/** A list, as JSON and YAML have it. */
function list(count: number): string {
  return `[${Array(count).fill('1')}]`
}

describe('a body', () => {
  it.each(crds.map((source) => [source.crd.spec.names.kind, source] as const))(
    'may have twice the values that a %s can have',
    (_, source) => {
      const most = mostValues(mainVersion(source).schema?.openAPIV3Schema?.properties?.spec ?? {})
      expect(most).toBeGreaterThan(10)
      // In YAML an element of a list counts twice.
      expect(2 * most).toBeLessThan(VALUES_LIMIT)
    },
  )

  it.each([
    ['scalars', list],
    ['members', (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":"a,[{"`)}}`],
    ['lists', (count: number) => `[${Array(count / 2).fill('[1]')}]`],
    ['objects', (count: number) => `[${Array(count / 2).fill('{"a":1}')}]`],
  ])('may have so many %s in JSON, and none more', (_, textOf) => {
    expect(parseJson(textOf(VALUES_LIMIT))).toBeDefined()
    const errors = [{ pointer: '', detail: 'must have at most 20000 values' }]
    expect(() => parseJson(textOf(VALUES_LIMIT + 2))).toThrow(expect.objectContaining({ errors }))
  })

  it('may have so many lines or elements in YAML, and none more', async () => {
    const map = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: http://a-b:1\n`).join('')
    for (const textOf of [list, map]) {
      expect(await parseYaml(textOf(VALUES_LIMIT))).toBeDefined()
      await expect(parseYaml(textOf(VALUES_LIMIT + 1))).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ pointer: '', detail: expect.stringMatching('^must have at most 20000 values; in YAML each line') }],
      })
    }
  })

  it.each(['application/json', 'application/yaml'])('of a bulk apply may have more of them as %s', async (type) => {
    const read = (count: number) =>
      readManifests(
        new Request('https://api.example', { method: 'POST', body: list(count), headers: { 'Content-Type': type } }),
      )
    const refused = (reason: string) => ({ errors: [{ pointer: '', detail: expect.stringMatching(reason) }] })
    await expect(read(BULK_VALUES_LIMIT)).rejects.toMatchObject(refused('^must have 1 to 100 manifests$'))
    await expect(read(BULK_VALUES_LIMIT + 1)).rejects.toMatchObject(refused('^must have at most 50000 values'))
  })
})
