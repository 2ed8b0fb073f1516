/**
 * CVE-2024-31990, CVE-2023-46254, CVE-2022-41354: an administrator of one organization gets the same answer for another one
 * whether it exists or not, and for its objects, in every operation of the OpenAPI document.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { as, type Json, send, serverUrl, someAtOnce, tokenOf, uniqueName } from './client.ts'
import { samples } from './samples.ts'

const kinds = await samples()
const platform = as('platform-admin')
const organization = uniqueName('f').slice(0, 40)
const name = uniqueName('foreign')

/** Settings that keep an object private if others may use it by default, and make the organization the authority. */
const PRIVATE: Readonly<Record<string, Json>> = {
  cells: { allowedOrganizations: [organization] },
  dataspaceprofiles: { visibility: 'Private', authorityRef: { name: organization } },
  digitaltwinregistries: { allowedNamespaces: { from: 'Same' } },
  dspdataplanes: { allowedNamespaces: { from: 'Same' } },
}

/** How often an operation is asked for again if the cluster was not available. */
const RETRIES = 5
/** Headers that differ between any two answers. */
const CHANGING = ['date', 'server-timing', 'ratelimit', 'connection', 'keep-alive']

/** An operation of the document with one kind of request. */
interface Operation {
  readonly method: string
  readonly path: string
  readonly template: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

let operations: Operation[] = []
/** Answers in the order of the operations: before the organization exists, with the organization, and with the object. */
const answers: string[][] = []

beforeAll(async () => {
  const { paths } = (await send('GET', '/openapi.json')).body
  operations = Object.entries<Json>(paths).flatMap(([template, methods]) =>
    /\{(organization|name)\}/.test(template)
      ? Object.entries<Json>(methods).flatMap(([method, { requestBody }]) => ways(method, template, requestBody))
      : [],
  )
  answers.push(await askAll())
  await create('/v1/organizations', { metadata: { name: organization }, spec: { displayName: 'Foreign' } })
  answers.push(await askAll())
  for (const { scope, plural, kind, apiVersion, spec } of kinds) {
    if (plural === 'organizations') continue
    await create(scope === 'platform' ? `/v1/${plural}` : `/v1/organizations/${organization}/${plural}`, {
      apiVersion,
      kind,
      metadata: { name },
      spec: { ...spec, ...PRIVATE[plural] },
    })
  }
  answers.push(await askAll())
  await Promise.all(['cells', 'dspdataplanes'].map((plural) => platform('DELETE', `/v1/${plural}/${name}`)))
}, 240_000)

async function create(path: string, body: Json): Promise<void> {
  // An organization gets its namespace after a while; an object only has to exist.
  const headers = path === '/v1/organizations' ? { Prefer: 'wait=20' } : {}
  // The server caches for a second that the organization was absent.
  await vi.waitFor(
    async () => {
      const created = await platform('POST', path, { body, headers })
      expect(created.status, `${path}: ${JSON.stringify(created.body)}`).toBe(201)
    },
    { timeout: 30_000, interval: 200 },
  )
  const object = `${path}/${body.metadata.name}`
  expect((await platform('GET', object)).status, object).toBe(200)
}

/** All kinds of requests for an operation: one for each media type of the body, and one for a stream. */
function ways(method: string, template: string, requestBody: Json): Operation[] {
  const path = template
    .replace('{organization}', organization)
    .replace('{name}', template.startsWith('/v1/organizations/{name}') ? organization : name)
  const common = { method: method.toUpperCase(), path, template }
  const types = Object.keys(requestBody?.content ?? {})
  if (types.length > 0) {
    return types.map((type) => ({
      ...common,
      headers: { 'Content-Type': type, 'If-Match': '*' },
      body: bodyOf(template, type),
    }))
  }
  if (method !== 'get') return [{ ...common, headers: {} }]
  return ['application/json', 'application/yaml', 'text/event-stream'].map((type) => ({
    ...common,
    headers: { Accept: type },
  }))
}

function bodyOf(template: string, type: string): string {
  if (type === 'application/json-patch+json') return '[{"op":"test","path":"/metadata/name","value":"x"}]'
  const plural = template
    .split('/')
    .find((segment) => kinds.some((kind) => kind.plural === segment && segment !== 'organizations'))
  const { kind, apiVersion, spec } = kinds.find((sample) => sample.plural === (plural ?? 'connectors')) as Json
  const object = { apiVersion, kind, metadata: { name }, spec }
  return JSON.stringify(template.endsWith('/apply') ? [object] : object)
}

async function askAll(): Promise<string[]> {
  const headers = { Authorization: `Bearer ${await tokenOf('globex-admin')}`, 'X-Request-Id': 'the-same' }
  return someAtOnce(operations, async ({ method, path, body, headers: own }) => {
    const ask = () =>
      fetch(serverUrl() + path, { method, headers: { ...headers, ...own }, body: body ?? null, redirect: 'manual' })
    let response = await ask()
    // On a busy machine the cluster may not answer in time. That says nothing of the organization.
    for (let tries = 0; response.status === 503 && tries < RETRIES; tries += 1) {
      await sleep(Number(response.headers.get('Retry-After')) * 1_000)
      response = await ask()
    }
    const lines = [...response.headers].filter(([header]) => !CHANGING.some((prefix) => header.startsWith(prefix)))
    return `${response.status}\n${lines.map((line) => line.join(': ')).join('\n')}\n\n${await response.text()}`
  })
}

function faults(before: string[] = [], after: string[] = []): Json[] {
  return operations.flatMap(({ method, path, headers }, index) =>
    before[index] === after[index] ? [] : [{ method, path, headers, before: before[index], after: after[index] }],
  )
}

describe('CVE-2024-31990, CVE-2023-46254, CVE-2026-22872: an administrator of another organization', () => {
  it('gets byte for byte the same answer for a foreign and an absent organization', () => {
    expect(operations.length).toBeGreaterThan(300)
    expect(faults(answers[0], answers[1])).toEqual([])
  })

  it('gets byte for byte the same answer for a foreign and an absent object', () => {
    expect(faults(answers[1], answers[2])).toEqual([])
  })

  it('gets 404 for all methods, media types and streams', () => {
    const told = operations.flatMap(({ template, method, path, headers }, index) => {
      const status = answers[2]?.[index]?.slice(0, 3) ?? ''
      // An unacceptable media type is refused before any lookup.
      const expected = headers.Accept === 'text/event-stream' || template.endsWith('/watch') ? ['404', '406'] : ['404']
      // A bulk apply has one result for each manifest.
      if (template.endsWith('/apply')) expected.push('207')
      return template.startsWith('/v1/organizations/') && !expected.includes(status)
        ? [`${method} ${path}: ${status}`]
        : []
    })
    expect(told).toEqual([])
    expect(
      answers[2]?.filter((answer) => answer.startsWith('207')).every((answer) => answer.includes('"status":404')),
    ).toBe(true)
    console.log(`${operations.length} operations on what belongs to others`)
  })
})
