import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkBaseline, readBaseline } from '../../../infra/bundle/openapi/baseline.ts'
import { makeDocument } from '../../../infra/bundle/openapi/document.ts'
import { jsonSchema } from '../../../infra/bundle/openapi/schema.ts'
import { breakingChanges, type Surface, surfaceOf } from '../../../infra/bundle/openapi/surface.ts'
import { PROBLEMS } from '../../../shared/http/problem.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { type OpenApiDocument, partOf } from '../../../shared/openapi/document.ts'
import { built } from '../../built.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into a document of every shape
type Any = any

const { bundles } = built()
let document: OpenApiDocument
let operations: { at: string; operation: Any }[]

beforeAll(async () => {
  document = await makeDocument(bundles)
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ at: `${method.toUpperCase()} ${path}`, operation })),
  )
})

/** Returns every value of a member at any depth. */
function* membersCalled(name: string, value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    if (key === name) yield member
    yield* membersCalled(name, member)
  }
}

function follow(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce((at: Any, key) => at?.[key], document)
}

describe('the document', () => {
  it('has every route of every function, and no other', () => {
    const routes = bundles.flatMap((bundle) =>
      bundle.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    )
    expect(operations.map(({ at }) => at).sort()).toEqual(routes.sort())
  })

  it('has no broken reference', () => {
    const dangling = [...membersCalled('$ref', document)].filter((reference) => follow(String(reference)) === undefined)
    expect(dangling).toEqual([])
  })

  it('gives every operation a unique identifier, a summary, and all parameters of its path', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
    for (const { at, operation } of operations) {
      expect(operation.summary, at).toMatch(/\S/)
      const declared = operation.parameters
        .map((parameter: Any) => (parameter.$ref === undefined ? parameter : follow(parameter.$ref)))
        .filter((parameter: Any) => parameter.in === 'path')
        .map((parameter: Any) => parameter.name)
      expect(declared.sort(), at).toEqual([...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort())
    }
  })

  it('requires a token except for public routes', () => {
    const open = operations.filter(({ operation }) => operation.security?.length === 0).map(({ at }) => at)
    const routes = bundles
      .flatMap((bundle) => bundle.routes)
      .filter((route) => route.public === true && route.openapi?.takesToken !== true)
    expect(open.length).toBe(routes.length)
    expect(open.some((at) => at.includes('/v1/'))).toBe(false)
    for (const { at, operation } of operations) {
      expect(operation.responses[401] !== undefined, at).toBe(operation.security?.length !== 0)
    }
  })

  it.each([
    ['GET /v1/organizations/{organization}/vaults', ['viewer'], 'kaphera-cloud:vaults:read'],
    ['GET /v1/vaults', ['viewer'], 'kaphera-cloud:vaults:read'],
    ['GET /v1/organizations/{organization}/connectors/{name}/logs', ['operator'], 'kaphera-cloud:connectors:read'],
    ['POST /v1/organizations/{organization}/connectors', ['operator'], 'kaphera-cloud:connectors:write'],
    ['DELETE /v1/organizations/{organization}/vaults/{name}', ['admin'], 'kaphera-cloud:vaults:admin'],
    ['PATCH /v1/organizations/{name}', ['owner', 'parent'], 'kaphera-cloud:organizations:admin'],
    ['POST /v1/organizations/{organization}/connectors/{name}/suspend', ['operator'], 'kaphera-cloud:connectors:write'],
    ['GET /v1/cells', ['anyone'], 'kaphera-cloud:cells:read'],
  ])('says what %s needs', (at, roles, scope) => {
    const { operation } = operations.find((one) => one.at === at) ?? expect.fail('no such operation')
    expect(operation).toMatchObject({ 'x-required-roles': roles, 'x-required-scope': scope })
    expect(operation.description).toContain(`\`${scope}\``)
    for (const role of roles) expect(operation.description).toMatch(role === 'anyone' ? 'Every caller' : role)
  })

  it('describes every problem code with its status', () => {
    const described = Object.entries(document.components.responses ?? {}).flatMap(([name, response]: [string, Any]) => {
      expect(response.content['application/problem+json'].schema).toEqual({ $ref: '#/components/schemas/Problem' })
      return [...response.description.matchAll(/^`(\w+)`: /gm)].map(([, code]) => [
        code,
        Number(name.replace('Problem', '')),
      ])
    })
    const known = Object.entries(PROBLEMS).map(([code, [status]]) => [code, status as number])
    // No operation answers 405: a client of the document uses only existing operations.
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(known.filter(([, status]) => status !== 405)))
    expect((document.components.schemas as Any).Problem.properties.code.enum).toEqual(Object.keys(PROBLEMS))
    expect(JSON.stringify(document.components.responses)).not.toContain('undefined')
  })

  it('has valid examples for every kind that can be created', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema({ $id: 'doc', components: document.components })
    const bodies = operations.filter(({ operation }) => operation.requestBody?.content['application/json']?.example)
    expect(bodies.length).toBeGreaterThan(0)
    for (const { at, operation } of bodies) {
      const { schema, example } = operation.requestBody.content['application/json']
      const validate = ajv.compile({ $ref: `doc${schema.$ref}` })
      expect(validate(example) ? [] : validate.errors, at).toEqual([])
    }
    const creating = operations.filter(({ operation }) => /^create/.test(operation.operationId))
    expect(creating.filter(({ at }) => !bodies.some((body) => body.at === at)).map(({ at }) => at)).toEqual([])
  })

  it('has a body for every way to change an object', () => {
    const patches = operations.filter(({ operation }) => /^patch/.test(operation.operationId))
    for (const { at, operation } of patches) {
      for (const type of ['merge-patch+json', 'json-patch+json', 'apply-patch+json']) {
        expect(operation.requestBody.content[`application/${type}`].example, `${at} ${type}`).toBeDefined()
      }
    }
  })

  it('has schemas that JSON Schema 2020-12 accepts', () => {
    const ajv = new Ajv2020({ strict: false })
    for (const [name, schema] of Object.entries(document.components.schemas ?? {})) {
      expect(ajv.validateSchema(schema as JsonObject), name).toBe(true)
    }
  })

  it('includes descriptions and CEL rules of the CRDs', () => {
    const spec = document.components.schemas?.ParticipantSpec as Any
    expect(spec.properties.bpn.description).toMatch(/Business partner number/)
    expect(spec['x-kubernetes-validations']).toContainEqual(
      expect.objectContaining({ rule: expect.stringContaining('self.') }),
    )
  })

  it('describes the limits of scale', () => {
    const replicas = (plural: string): unknown =>
      (document.paths[`/v1/organizations/{organization}/${plural}/{name}/scale`] as Any).post.requestBody.content[
        'application/json'
      ].schema.properties.replicas
    expect(replicas('connectors')).toMatchObject({ minimum: 0, maximum: 20 })
    expect(replicas('dataplanes')).toMatchObject({ minimum: 0, maximum: 50 })
    expect(replicas('digitaltwinregistries')).toMatchObject({ minimum: 1 })
  })

  it('marks fields that are never shown', () => {
    const cell = document.components.schemas?.CellSpec as Any
    expect(cell.properties.kubeconfigSecretRef.writeOnly).toBe(true)
  })

  it('is available by function, with only what the function uses', () => {
    const part = partOf(document, 'participants') as OpenApiDocument
    expect(Object.keys(part.paths).every((path) => path.includes('participants'))).toBe(true)
    expect(Object.keys(part.components.schemas ?? {})).toContain('ParticipantSpec')
    expect(Object.keys(part.components.schemas ?? {})).not.toContain('ConnectorSpec')
    const references = [...membersCalled('$ref', part)].map(String)
    const missing = references.filter((reference) => {
      const [, section = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(reference) ?? []
      return part.components[section]?.[name] === undefined
    })
    expect(missing).toEqual([])
    expect(partOf(document, 'nothing')).toBeUndefined()
  })
})

describe('the schema of a CRD', () => {
  it('is converted to JSON Schema', () => {
    expect(
      jsonSchema({
        type: 'object',
        properties: {
          size: {
            'x-kubernetes-int-or-string': true,
            anyOf: [{ type: 'integer' }, { type: 'string' }],
            minimum: 1,
            pattern: '^[0-9]+Gi$',
            default: '10Gi',
          },
          from: { type: 'object', default: { a: 'b' } },
          kind: { type: 'string', enum: ['A'], nullable: true },
          share: { type: 'number', minimum: 0, exclusiveMinimum: true },
          names: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        },
      }),
    ).toEqual({
      type: 'object',
      properties: {
        size: {
          'x-kubernetes-int-or-string': true,
          anyOf: [
            { type: 'integer', minimum: 1 },
            { type: 'string', pattern: '^[0-9]+Gi$', default: '10Gi' },
          ],
        },
        from: { type: 'object' },
        kind: { type: ['string', 'null'], enum: ['A', null] },
        share: { type: 'number', exclusiveMinimum: 0 },
        names: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', uniqueItems: true },
      },
    })
  })
})

describe('the published API', () => {
  it('still has everything that clients of the committed baseline use', async () => {
    expect(breakingChanges(await readBaseline(), surfaceOf(document))).toEqual([])
  })

  const before: Surface = {
    version: '1.0.0',
    inputs: ['ThingSpec'],
    places: {
      'GET /v1/things': 'operation',
      'GET /v1/things query limit': 'integer',
      'GET /v1/things 200': 'answer = application/json|application/yaml',
      'GET /v1/things 200 application/json': 'Thing',
      Thing: 'object',
      'Thing/ready': '!boolean',
      'Thing/cause': 'object',
      ThingSpec: 'object',
      'ThingSpec/mode': 'string = A|B',
      'ThingSpec/name': '!string',
    },
  }
  const changed = (places: Record<string, string>, gone: string[] = []): Surface => ({
    ...before,
    places: Object.fromEntries(
      Object.entries({ ...before.places, ...places }).filter(([place]) => !gone.includes(place)),
    ),
  })

  it.each([
    ['a removed operation', changed({}, ['GET /v1/things'])],
    ['a removed success status', changed({}, ['GET /v1/things 200'])],
    ['a removed media type', changed({ 'GET /v1/things 200': 'answer = application/json' })],
    ['a removed field', changed({}, ['Thing/ready'])],
    ['a field that may be absent', changed({ 'Thing/ready': 'boolean' })],
    ['another type', changed({ 'ThingSpec/name': '!integer' })],
    ['a field that has become required', changed({ 'ThingSpec/mode': '!string = A|B' })],
    ['a new required field', changed({ 'ThingSpec/size': '!integer' })],
    ['a new required parameter', changed({ 'GET /v1/things query q': '!string' })],
    ['a value that is no longer accepted', changed({ 'ThingSpec/mode': 'string = A' })],
    ['values where there were none', changed({ 'ThingSpec/name': '!string = a' })],
  ])('must not have %s', (_, after) => {
    expect(breakingChanges(before, after)).toHaveLength(1)
    expect(breakingChanges(before, { ...after, version: '2.0.0' })).toEqual([])
    expect(breakingChanges(before, { ...after, version: '1.1.0' })).toHaveLength(1)
  })

  it.each([
    ['a new operation', changed({ 'POST /v1/things': 'operation' })],
    ['a new optional field', changed({ 'ThingSpec/size': 'integer' })],
    ['a new object with required fields', changed({ 'ThingSpec/size': 'object', 'ThingSpec/size/max': '!integer' })],
    ['a further value', changed({ 'ThingSpec/mode': 'string = A|B|C' })],
    ['a field that is no longer required', changed({ 'ThingSpec/name': 'string' })],
    ['a field that is always there', changed({ 'Thing/phase': '!string' })],
    ['an object in an answer of which more is known', changed({ 'Thing/cause': 'Problem' })],
  ])('may have %s', (_, after) => {
    expect(breakingChanges(before, after)).toEqual([])
  })

  it('detects what is removed from the document', () => {
    const less = structuredClone(document) as Any
    delete less.paths['/v1/me'].get
    delete less.components.schemas.VaultSpec.properties.mode
    expect(breakingChanges(surfaceOf(document), surfaceOf(less))).toEqual(
      expect.arrayContaining(['GET /v1/me is gone', 'VaultSpec/mode is gone']),
    )
  })

  it('is to be published only if that breaks nothing', async () => {
    const [less, more] = [structuredClone(document) as Any, structuredClone(document) as Any]
    delete less.paths['/v1/me'].get
    more.paths['/v1/you'] = more.paths['/v1/me']
    await expect(checkBaseline(less)).rejects.toThrow(
      /^GET \/v1\/me is gone\n.*\nThis breaks clients: undo it, or raise the major of API_VERSION/s,
    )
    await expect(checkBaseline(less, true)).rejects.toThrow('This breaks clients.')
    await expect(checkBaseline(more)).rejects.toThrow('is stale\nRun "node build.mjs baseline".')
    await checkBaseline(more, true)
  })
})
