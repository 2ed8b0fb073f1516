/**
 * The embedded cluster API and the real one give the same answers to the same requests.
 * `vitest run --project parity`
 */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { mainVersion, type SchemaNode } from '../../infra/bundle/generate/crd.ts'
import { specs } from '../schemas/objects.ts'
import { readCases } from './cases.ts'
import type { Answer, Client } from './client.ts'
import { comparable, differences, outline, verdict } from './compare.ts'
import { play, readScenarios, type Scenario, type Step } from './scenario.ts'
import { startServers } from './servers.ts'

const servers = await startServers()
afterAll(() => servers.stop())

/** Random objects of each kind: the same in every run, unless another seed is given. */
const OBJECTS = Number(process.env.PARITY_OBJECTS ?? 40)
const SEED = Number(process.env.PARITY_SEED ?? 1)

let namespaces = 0

describe.each(readScenarios())('%s', (_file, scenarios) => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => compare(scenario))
})

describe.each(readCases(servers.crds))('the cases of %s', (_kind, scenarios) => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_name, scenario) => compare(scenario))
})

describe(`random objects (${OBJECTS} of each kind, seed ${SEED})`, () => {
  it.each(servers.crds.map((crd) => [crd.spec.names.kind, crd] as const))('%s', async (kind, crd) => {
    const { schema, name: version } = mainVersion({ file: '', crd: crd as never })
    const spec = schema?.openAPIV3Schema?.properties?.spec ?? {}
    const { group, names } = crd.spec
    const steps = fc
      .sample(specs(plain(spec)), { numRuns: OBJECTS, seed: SEED })
      .filter((value) => !hasListForFormat(spec, value))
      .map(
        (value): Step => ({
          method: 'POST',
          path: `${names.plural}?dryRun=All`,
          status: 0,
          body: {
            apiVersion: `${group}/${version}`,
            kind,
            metadata: { name: 'random' },
            ...(value !== undefined && { spec: value }),
          },
        }),
      )
    await compare({ name: kind, steps }, verdict)
  })
})

/** The server lets a list pass where a text with a format is expected, and then cannot evaluate rules about it. */
function hasListForFormat(schema: SchemaNode | undefined, value: unknown): boolean {
  if (schema === undefined || typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) {
    return schema.type === 'string'
      ? schema.format !== undefined
      : value.some((item) => hasListForFormat(schema.items, item))
  }
  const { additionalProperties: others } = schema
  return Object.entries(value).some(([name, field]) =>
    hasListForFormat(schema.properties?.[name] ?? (typeof others === 'object' ? others : undefined), field),
  )
}

/**
 * A schema without the formats of addresses. For those, and for durations, the generator makes texts at the edges of Go's
 * parsers, which the embedded server only approximates: in the CRDs of this project a pattern decides on each.
 */
function plain(schema: SchemaNode): SchemaNode {
  const text = JSON.stringify(schema, (name, value) =>
    name === 'format' && ['duration', 'email', 'uri'].includes(value) ? undefined : value,
  )
  return JSON.parse(text)
}

/** Sends a scenario to both servers and fails with all differences. */
async function compare(scenario: Scenario, viewOfAll?: (answer: Answer) => unknown): Promise<void> {
  namespaces += 1
  const playTo = (client: Client) => play(client, scenario, `parity-${namespaces}`, servers.crds)
  const [real, local] = await Promise.all([playTo(servers.real), playTo(servers.local)])
  const report = scenario.steps.flatMap(({ status, wording, method, path, body }, index) => {
    const expected = real[index]
    const actual = local[index]
    if (expected === undefined || actual === undefined) throw new Error('a step was not played')
    const view = viewOfAll ?? (wording === undefined ? comparable : outline)
    const found = [
      ...(expected.status === status || status === 0 ? [] : [`the real server: ${JSON.stringify(expected.body)}`]),
      ...differences(view(expected), view(actual)),
    ]
    const sent =
      status === 0 && found.length > 0
        ? [`sent: ${JSON.stringify(body)}, the real server: ${JSON.stringify(expected.body)}`]
        : []
    return [...sent, ...found].map((difference) => `${index + 1}. ${method} ${path} (${status}) ${difference}`)
  })
  if (report.length > 0) expect.fail(`\n${report.join('\n')}`)
}
