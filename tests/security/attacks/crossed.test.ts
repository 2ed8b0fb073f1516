import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Local, startLocal } from '../../../infra/local/local.ts'
import { built } from '../../built.ts'
import { ATTACKS, WHOLE } from '../../whole.ts'
import { SHIPPED } from '../compiled.ts'

/** How many requests are sent. */
const REQUESTS = Number(process.env.SOAK_REQUESTS ?? (ATTACKS ? 200_000 : WHOLE ? 5_000 : 800))
/** Both callers share the connections. */
const AT_ONCE = 16
const CALLERS = [
  { name: 'acme-operator', organization: 'acme', other: 'globex' },
  { name: 'globex-admin', organization: 'globex', other: 'acme' },
] as const

let local: Local
const tokens = new Map<string, string>()

beforeAll(async () => {
  local = await startLocal({ ...built(), runtime: SHIPPED, speed: 0 })
  for (const { name } of CALLERS) {
    const body = new URLSearchParams({
      grant_type: 'password',
      client_id: 'kaphera-cli',
      username: name,
      password: name,
    })
    const answer = await fetch(`${local.issuer?.url}/protocol/openid-connect/token`, { method: 'POST', body })
    tokens.set(name, ((await answer.json()) as { access_token: string }).access_token)
  }
}, 240_000)
afterAll(() => local?.stop())

interface Body {
  readonly username?: string
  readonly instance?: string
  readonly requestId?: string
  readonly items?: readonly { readonly metadata: { readonly namespace: string } }[]
}

/** What each caller asks in turn, and whether an answer is its own. */
const QUESTIONS: readonly ((
  caller: (typeof CALLERS)[number],
  id: string,
) => [path: string, isOwn: (status: number, body: Body) => boolean])[] = [
  ({ name }) => ['/v1/me', (status, { username }) => status === 200 && username === name],
  ({ organization }) => [
    '/v1/connectors?limit=5',
    (status, { items = [] }) =>
      status === 200 && items.length > 0 && items.every(({ metadata }) => metadata.namespace === `org-${organization}`),
  ],
  ({ organization }) => [
    `/v1/organizations/${organization}/vaults`,
    (status, { items = [] }) =>
      status === 200 && items.every(({ metadata }) => metadata.namespace === `org-${organization}`),
  ],
  ({ other }, id) => {
    const path = `/v1/organizations/${other}/connectors/${id}`
    return [path, (status, { instance, requestId }) => status === 404 && instance === path && requestId === id]
  },
]

it(`CVE-2026-44457: no answer goes to another caller, in ${REQUESTS} requests`, {
  timeout: 240_000 + REQUESTS * 10,
}, async () => {
  let sent = 0
  const crossed: string[] = []
  async function client(): Promise<void> {
    for (let number = sent++; number < REQUESTS; number = sent++) {
      const caller = CALLERS[number % 2] as (typeof CALLERS)[number]
      const id = `soak-${number}`
      const [path, isOwn] = (QUESTIONS[(number >> 1) % QUESTIONS.length] as (typeof QUESTIONS)[number])(caller, id)
      const response = await fetch(local.url + path, {
        headers: { Authorization: `Bearer ${tokens.get(caller.name)}`, 'X-Request-Id': id },
      })
      const body = (await response.json()) as Body
      const { headers } = response
      const isPrivate =
        headers.get('Cache-Control') === 'private, no-store' && headers.get('Vary')?.includes('Authorization')
      if (!isOwn(response.status, body) || !isPrivate || headers.get('X-Request-Id') !== id) {
        crossed.push(
          `${caller.name} ${path}: ${response.status} ${JSON.stringify([...headers])} ${JSON.stringify(body).slice(0, 300)}`,
        )
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  expect(crossed.slice(0, 10)).toEqual([])
  console.log(`${REQUESTS} requests of two callers, ${crossed.length} crossed answers`)
})
