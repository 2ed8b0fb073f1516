/** A slow API server must not get more and more requests, and the server must recover as soon as it does. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WHOLE } from '../whole.ts'
import { type Served, startServed } from './served.ts'
import type { KubeHandler } from './stand-ins.ts'

/** In production a deadline is 10 s. The test takes 12 s for an answer over 30 s; a part of the run takes a fifth of these times. */
const SCALE = WHOLE ? 1 : 0.2
const TIMEOUT_MS = 10_000 * SCALE
const ANSWER_MS = 12_000 * SCALE
const SLOW_MS = 30_000 * SCALE
const EVERY_MS = 20

/** When the cluster becomes fast again, in milliseconds since the epoch. */
let slowUntil = 0
let upstream = 0

const slow: KubeHandler = async (request, response) => {
  upstream += 1
  const left = slowUntil - Date.now()
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(ANSWER_MS, left)))
  const { pathname } = new URL(request.url ?? '', 'http://kube')
  if (/v1alpha1$|^\/version$/.test(pathname)) {
    response.end('{"resources":[{"name":"connectors"}],"gitVersion":"v1.36.3"}')
    return true
  }
  if (/\/(vaults|identityhubs|cells)$/.test(pathname)) {
    response.end('{"metadata":{},"items":[]}')
    return true
  }
  return false
}

let served: Served
beforeAll(async () => {
  served = await startServed(slow, { KUBE_TIMEOUT_MS: String(TIMEOUT_MS) })
})
afterAll(() => served?.stop())

const PATHS = [
  '/v1/organizations/acme/connectors',
  '/v1/organizations/acme/connectors/edc-1',
  '/v1/organizations/acme/vaults',
  '/v1/organizations/acme/identityhubs',
  '/v1/me',
]

interface Answered {
  readonly status: number
  readonly retryAfter: string | null
}

async function ask(path: string): Promise<Answered> {
  const response = await served.get(path)
  await response.arrayBuffer()
  return { status: response.status, retryAfter: response.headers.get('Retry-After') }
}

it('asks a slow cluster a few times a second, and recovers soon after it answers', {
  timeout: 120_000,
}, async () => {
  for (const path of PATHS) expect((await ask(path)).status, path).toBe(200)
  slowUntil = Date.now() + SLOW_MS
  upstream = 0
  const pending: Promise<Answered>[] = []
  const open: Promise<number>[] = []
  for (let count = 0; Date.now() < slowUntil; count += 1) {
    pending.push(ask(PATHS[count % PATHS.length] ?? ''))
    if (count % 25 === 0) {
      const at = Date.now()
      open.push(
        fetch(`${served.server.url}/capabilities`).then(async (response) => {
          await response.arrayBuffer()
          return response.status === 200 ? Date.now() - at : Number.NaN
        }),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  const asked = upstream
  const over = Date.now()
  const answers = await Promise.all(pending)
  let wellAfter = Number.NaN
  for (const patience = Date.now() + 30_000; Date.now() < patience && Number.isNaN(wellAfter); ) {
    const all = await Promise.all(PATHS.map(ask))
    if (all.every(({ status }) => status === 200)) wellAfter = Date.now() - over
  }
  const count = (status: number): number => answers.filter((answer) => answer.status === status).length
  const capabilities = await Promise.all(open)
  console.log(
    `${answers.length} requests in ${SLOW_MS} ms: ${[200, 429, 503, 504].map((status) => `${count(status)} of ${status}`).join(', ')}; ` +
      `${asked} requests upstream; all well ${wellAfter} ms after it ended; capabilities in ${Math.max(...capabilities)} ms at most`,
  )
  expect(answers.filter(({ status }) => ![200, 429, 503, 504].includes(status))).toEqual([])
  expect(answers.filter(({ status, retryAfter }) => [429, 503].includes(status) && !(Number(retryAfter) > 0))).toEqual(
    [],
  )
  // Each of five functions sends the allowed number at once at first, then one request at a time.
  expect(asked).toBeLessThan(answers.length)
  expect(asked / (SLOW_MS / 1000)).toBeLessThan(25)
  expect(capabilities.some(Number.isNaN)).toBe(false)
  expect(wellAfter).not.toBeNaN()
})
