/** Errors about long keys, values, paths and headers: what clients do not read is not counted, so no problem may be large. */
import { expect, it } from 'vitest'
import { type Ask, type Json, sample, world } from '../../unit/fixtures/world.ts'
import { ATTACKS } from '../../whole.ts'

/** What is sent at once, and not counted until it has been taken. */
const MOST = 64 * 1024
/** Characters that JSON, JSON Pointers, paths or UTF-8 make longer. */
const UNITS = ['~', '\u0001', 'k', '/', '"', '\u4e00', '\ud800', '[', '.']

/** Bytes of a long text in JSON. Two of them fit into a body. */
const LENGTH = 120_000

const ORGANIZATION = '/v1/organizations/acme'
const COLLECTION = `${ORGANIZATION}/connectors`

/** Bodies with a long text everywhere: as the name of a field, as a value, and as a name with many errors below it. */
function bodies(long: string): unknown[] {
  const connector = sample('connectors', 'new')
  const named = { [long]: 1 }
  const twice = `"${JSON.stringify(long).slice(1, -1)}":1`
  return [
    `{${twice},${twice}}`,
    `{"spec":{${twice},${twice}}}`,
    `{"${JSON.stringify(long).slice(1, -1)}":{${Array(1_000).fill('"":1')}}}`,
    `{"a":${long}`,
    long,
    named,
    { ...connector, ...named },
    { ...connector, kind: long, apiVersion: long },
    { ...connector, metadata: named },
    { ...connector, metadata: { name: long } },
    { ...connector, metadata: { name: 'new', namespace: long, uid: long } },
    { ...connector, metadata: { name: 'new', ...named } },
    { ...connector, metadata: { name: 'new', labels: named } },
    { ...connector, metadata: { name: 'new', labels: { [long]: long }, annotations: { [long]: long } } },
    { ...connector, metadata: { name: 'new', labels: { [`api.kaphera.com/${long}`]: 'x' } } },
    { ...connector, spec: { ...connector.spec, ...named } },
    { ...connector, spec: { ...connector.spec, config: named } },
    { ...connector, spec: { ...connector.spec, config: { [long]: 'x'.repeat(100), [`${long}token`]: 'x' } } },
    { ...connector, spec: { ...connector.spec, version: long, vaultRef: { name: long, namespace: long } } },
    { ...connector, spec: { ...connector.spec, controlPlane: { [long]: { [long]: [named] } } } },
    { ...connector, spec: { [long]: Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`${at}token`, 'x'])) } },
  ]
}

it('whatever is long, a problem has at most 64 KiB and no long header', { timeout: 240_000 }, async () => {
  const { as, put } = await world()
  await put('connectors', 'acme', sample('connectors', 'edc'))
  const admin = await as('admin', 'acme')
  const statuses = new Map<number, number>()
  const seen: string[] = []

  async function send(method: string, path: string, ask: Ask = {}): Promise<void> {
    const { status, headers, text, body } = await admin(method, path, ask)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    const about = `${method.slice(0, 20)} ${path.slice(0, 80)} ${JSON.stringify(ask)?.slice(0, 120)}: ${status}`
    // The answer to a bulk apply has a problem for each manifest. It is counted as any other success.
    const items: Json[] = status === 207 ? body.items : []
    const problems = status < 400 ? items.map(({ problem }) => JSON.stringify(problem) ?? '') : [text]
    for (const problem of problems) {
      if (Buffer.byteLength(problem) > MOST) seen.push(`${about}, ${Buffer.byteLength(problem)} bytes`)
    }
    const size = [...headers].reduce((sum, header) => sum + header.join().length, 0)
    if (status >= 400 && size > 4 * 1024) seen.push(`${about}, ${size} characters of headers`)
  }

  for (const unit of ATTACKS ? UNITS : UNITS.slice(0, 3)) {
    const long = unit.repeat(LENGTH / (Buffer.byteLength(JSON.stringify(unit)) - '""'.length))
    for (const body of bodies(long)) {
      await send('POST', `${COLLECTION}?dryRun=All`, { body })
      await send('PUT', `${COLLECTION}/edc?dryRun=All`, { body, headers: { 'If-Match': '*' } })
      await send('PATCH', `${COLLECTION}/edc?dryRun=All`, { body })
      for (const type of ['application/apply-patch+yaml', 'application/json-patch+json']) {
        await send('PATCH', `${COLLECTION}/edc?dryRun=All`, { body, headers: { 'Content-Type': type } })
      }
      await send('POST', `${COLLECTION}/edc/scale?dryRun=All`, { body })
      const manifests = typeof body === 'string' ? body : [body, body]
      await send('POST', `${ORGANIZATION}/apply?dryRun=All`, { body: manifests })
      await send('POST', `${ORGANIZATION}/apply?dryRun=All`, {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'Content-Type': 'application/yaml' },
      })
    }
    for (const operation of [
      { op: long, path: '/spec' },
      { op: 'add', path: `/${long}`, value: 1 },
      { op: 'add', path: `/spec/${long}`, value: 1 },
      { op: 'add', path: '/spec/config', value: { [long]: 1 } },
      { op: 'copy', from: `/${long}`, path: '/spec/x' },
      { op: 'test', path: `/${long}`, value: long },
    ]) {
      const headers = { 'Content-Type': 'application/json-patch+json' }
      await send('PATCH', `${COLLECTION}/edc?dryRun=All`, { body: [operation], headers })
    }
    const inPath = encodeURIComponent(unit.toWellFormed())
    for (const length of [300, 2_000, 100_000]) {
      const part = inPath.repeat(length / inPath.length)
      await send('GET', `${COLLECTION}/${part}`)
      await send('GET', `/v1/organizations/${part}/connectors`)
      await send('GET', `${COLLECTION}?${part}=1`)
      for (const name of ['limit', 'continue', 'labelSelector', 'fieldSelector', 'sort', 'q', 'view', 'dryRun']) {
        await send('GET', `${COLLECTION}?${name}=${part}`)
      }
      await send('GET', `${COLLECTION}?labelSelector=a%3D${part}&fieldSelector=metadata.name%3D${part}`)
      await send('GET', `${ORGANIZATION}/overview?kinds=${part}`)
      await send('GET', `${COLLECTION}/edc/logs?pod=${part}&container=${part}`)
    }
  }
  for (const name of [
    'Accept',
    'Authorization',
    'Content-Encoding',
    'Content-Type',
    'DPoP',
    'If-Match',
    'If-None-Match',
    'Last-Event-ID',
    'Prefer',
    'X-Field-Manager',
    'X-Request-Id',
    'X-Remote-User',
    'traceparent',
  ]) {
    for (const value of ['x', '"', ',', 'Bearer ', 'a=b;', '\u00e9']) {
      const headers = { [name]: value.repeat(100_000) }
      await send('GET', `${COLLECTION}/edc`, { headers })
      await send('POST', `${COLLECTION}?dryRun=All`, { body: sample('connectors', 'new'), headers })
    }
  }
  await send('A'.repeat(100_000), `${COLLECTION}/edc`)
  expect(seen).toEqual([])
  // The attacks have got as far as the rules that they are about.
  for (const status of [400, 401, 404, 405, 406, 413, 414, 415, 422])
    expect(statuses.get(status), `${status}`).toBeGreaterThan(0)
})
