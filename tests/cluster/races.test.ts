/**
 * Clients that change one object at the same time while an operator keeps writing its status.
 *
 * RACE_WRITES (default 100) sets the writes of each client; RACE_WRITES=1000 is the long run.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { callerOf, send } from './harness/caller.ts'
import { startCompiled } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

/** Increments of each writer. */
const WRITES = Number(process.env.RACE_WRITES || 100)
/** Attempts per token: getting one takes longer than an attempt. */
const TOKEN_ATTEMPTS = 200
const COLLECTION = '/v1/organizations/acme/connectors'
const FIELD = 'edc.count'
const NAME = 'raced'

/** What Go escapes and others do not, what all escape, and what nobody does. */
const ODD = 'https://a.example/?a=1&b=<2> \u2028 \u2029 \b \f \n \t \u0001 \\ " é 🙂 \u007f'

let parts: RealParts
let server: RunningServer

beforeAll(async () => {
  parts = await sharedParts()
  server = await startCompiled(parts)
})
afterAll(async () => void (await server?.stop()))

/** The result of an attempt: 200 or 412. */
interface Attempt {
  readonly writer: string
  /** The field's value as read. */
  readonly value: number
  readonly isMade: boolean
  readonly began: number
  readonly ended: number
}

/** Reads and increments the field until it has done so often enough. */
async function increment(writer: string): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  let token = ''
  for (let made = 0; made < WRITES; ) {
    if (attempts.length % TOKEN_ATTEMPTS === 0) token = await parts.tokenOf(writer)
    const { headers, body } = await send(server.url, token, 'GET', `${COLLECTION}/${NAME}`)
    const value = Number(body.spec.config[FIELD])
    const began = performance.now()
    const answer = await send(server.url, token, 'PUT', `${COLLECTION}/${NAME}`, {
      body: { ...body, spec: { ...body.spec, config: { [FIELD]: String(value + 1) } } },
      headers: { 'If-Match': headers.get('ETag') ?? '' },
    })
    const isMade = answer.status === 200
    if (!isMade) expect(answer.status, JSON.stringify(answer.body)).toBe(412)
    attempts.push({ writer, value, isMade, began, ended: performance.now() })
    if (isMade) made += 1
  }
  return attempts
}

/** Writes the status until it is stopped. */
async function writeStatus(signal: AbortSignal): Promise<number> {
  const path = `/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/${NAME}/status`
  let count = 0
  for (; !signal.aborted; count += 1) {
    const status = { version: `0.11.${count}` }
    await parts.apiServer.admin.json('PATCH', path, { status }, 'application/merge-patch+json')
  }
  return count
}

/** Runs the writers on a new field while the status of the object is written. */
async function race(writers: readonly string[]): Promise<Attempt[]> {
  const operator = callerOf(parts, server.url, 'acme-operator')
  const manifest = readFileSync(join(PROJECT, 'infra', 'local', 'connector.yaml'), 'utf8').replace('my-connector', NAME)
  const created = await operator('POST', COLLECTION, {
    body: `${manifest}  config: { ${FIELD}: "0" }\n`,
    type: 'application/yaml',
  })
  expect(created.status, JSON.stringify(created.body)).toBe(201)

  const started = performance.now()
  const done = new AbortController()
  const status = writeStatus(done.signal)
  const attempts = (await Promise.all(writers.map(increment)).finally(() => done.abort())).flat()
  const statusWrites = await status
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const refused = attempts.filter(({ isMade }) => !isMade).length
  console.log(
    `${writers.length} x ${WRITES} increments, ${refused} refused, ${statusWrites} status writes, ${seconds} s`,
  )

  const { body } = await operator('GET', `${COLLECTION}/${NAME}`)
  expect(Number(body.spec.config[FIELD])).toBe(writers.length * WRITES)
  expect(statusWrites).toBeGreaterThan(WRITES)
  expect((await operator('DELETE', `${COLLECTION}/${NAME}`, { headers: { Prefer: 'wait=30' } })).status).toBe(204)
  return attempts
}

it('never refuses a writer because of a change of the status', async () => {
  const attempts = await race(['acme-operator'])
  expect(attempts.filter(({ isMade }) => !isMade)).toEqual([])
}, 900_000)

it('loses no update of two writers, and refuses one only because of the other', async () => {
  const attempts = await race(['acme-operator', 'acme-owner'])
  const made = attempts.filter(({ isMade }) => isMade).sort((a, b) => a.value - b.value)
  // Each value was incremented once.
  expect(made.map(({ value }) => value)).toEqual(made.map((_, index) => index))
  for (const { writer, value, ended } of attempts.filter(({ isMade }) => !isMade)) {
    expect(made[value]?.writer, `${writer} was refused without a change of ${value}`).not.toBe(writer)
    expect(made[value]?.began, `${writer} was refused before another change of ${value}`).toBeLessThan(ended)
  }
}, 900_000)

it.each([
  ['neither labels nor annotations', {}],
  ['annotations that encoders write in different ways', { annotations: { 'example.com/odd': ODD } }],
])('can change an object with %s', async (_, metadata) => {
  const manifest = load(readFileSync(join(PROJECT, 'infra', 'local', 'connector.yaml'), 'utf8')) as object
  const collection = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
  await parts.apiServer.admin.json('POST', collection, { ...manifest, metadata: { ...metadata, name: 'odd' } })
  const operator = callerOf(parts, server.url, 'acme-operator')
  const changed = await operator('PATCH', `${COLLECTION}/odd`, {
    body: { spec: { config: { [FIELD]: '1' } } },
    type: 'application/merge-patch+json',
  })
  expect(changed.status, JSON.stringify(changed.body)).toBe(200)
  expect(changed.body.spec.config).toEqual({ [FIELD]: '1' })
  expect(changed.body.metadata.annotations).toMatchObject('annotations' in metadata ? metadata.annotations : {})
  await operator('DELETE', `${COLLECTION}/odd`, { headers: { Prefer: 'wait=30' } })
})
