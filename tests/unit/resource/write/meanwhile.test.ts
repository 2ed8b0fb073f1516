/** Writes while others write, and decisions about one version. */
import { describe, expect, it } from 'vitest'
import { Problem } from '../../../../shared/http/problem.ts'
import type { Declaration } from '../../../../shared/resource/declaration.ts'
import { resource } from '../../../../shared/resource/index.ts'
import { Connector } from '../../../../shared/schemas/connectors.ts'
import { report, reporting } from '../../fixtures/dataspace.ts'
import { type Ask, type Json, sample, type World, world } from '../../fixtures/world.ts'

const EDC = '/v1/organizations/acme/connectors/edc'
const SUSPENDED = sample('connectors', 'edc', { suspended: true })
const JSON_PATCH = [{ op: 'add', path: '/spec/suspended', value: true }]
const PATCH: [string, string, Ask, number] = ['PATCH', EDC, { body: { spec: { suspended: true } } }, 200]
const DELETE: [string, string, Ask, number] = ['DELETE', EDC, {}, 204]

/**
 * Has the operator report a status right before a request of the server changes or deletes the connector.
 * @param phases - Returns the phase of the next status; none if `undefined`
 */
function reports(at: World, phases: () => string | undefined): void {
  at.cluster.intercept = async ({ method, headers }) => {
    const isWrite = method === 'DELETE' || headers['content-type'] === 'application/json-patch+json'
    const phase = isWrite ? phases() : undefined
    if (phase !== undefined) await report(at, 'connectors', 'acme', 'edc', reporting(phase, []))
    return undefined
  }
}

describe('a write without an entity tag', () => {
  it.each<[string, string, Ask, number]>([
    PATCH,
    ['PATCH', EDC, { body: JSON_PATCH, headers: { 'Content-Type': 'application/json-patch+json' } }, 200],
    ['PUT', EDC, { body: SUSPENDED, headers: { 'If-Match': '*' } }, 200],
    ['POST', `${EDC}/suspend`, {}, 200],
    DELETE,
  ])('is made although the status changes all the time: %s %s', async (method, path, ask, status) => {
    const at = await world()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await at.as('operator', 'acme')
    let count = 0
    reports(at, () => (count++ % 2 === 0 ? 'Updating' : 'Ready'))
    const answer = await operator(method, path, ask)
    expect(answer.status, answer.text).toBe(status)
    expect(count).toBe(1)
  })
})

describe('a guard that has written the object', () => {
  it.each([PATCH, DELETE])(
    'decides about exactly the version that is written: %s',
    async (method, path, ask, success) => {
      const decided: unknown[] = []
      const guard: Declaration['guard'] = async ({ metadata: { name = '' }, status }, _wanted, { collection }) => {
        decided.push(status?.phase)
        if (status?.phase === 'Updating') throw new Problem('conflict', 'The operator is at work.')
        const mark = { metadata: { annotations: { 'example.com/decided': 'yes' } } }
        return collection.patch(name, 'merge', JSON.stringify(mark))
      }
      const at = await world({ functions: { connectors: resource(Connector, { guard }) } })
      await at.put('connectors', 'acme', sample('connectors', 'edc'))
      const operator = await at.as('operator', 'acme')
      const phases = ['Updating']
      reports(at, () => phases.pop())
      expect(await operator(method, path, ask)).toMatchObject({
        status: 409,
        body: { detail: 'The operator is at work.' },
      })
      expect(decided).toEqual([undefined, 'Updating'])
      expect((await at.stored('connectors', 'acme', 'edc')).spec.suspended).toBe(false)

      await report(at, 'connectors', 'acme', 'edc', reporting('Ready', []))
      expect((await operator(method, path, ask)).status).toBe(success)
    },
  )
})

describe('a change without effect', () => {
  it.each<[string, string, (read: Json) => Ask]>([
    ['PATCH', EDC, () => ({ body: { spec: { suspended: true } } })],
    ['PATCH', EDC, () => ({ body: JSON_PATCH, headers: { 'Content-Type': 'application/json-patch+json' } })],
    ['PUT', EDC, (read) => ({ body: read, headers: { 'If-Match': '*' } })],
    ['POST', `${EDC}/suspend`, () => ({})],
  ])('changes neither the version nor its author: %s %s', async (method, path, ask) => {
    const at = await world()
    const [author, other] = [await at.as('operator', 'acme'), await at.as('owner', 'acme')]
    const created = await author('POST', '/v1/organizations/acme/connectors', { body: SUSPENDED })
    expect(created.status).toBe(201)
    const before = await at.stored('connectors', 'acme', 'edc')
    const answer = await other(method, path, ask(created.body))
    expect(answer.status, answer.text).toBe(200)
    expect(await at.stored('connectors', 'acme', 'edc')).toEqual(before)
  })
})
