import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Served, startServed } from '../served.ts'
import { sendRaw, statusesOf } from './raw.ts'
import { REQUESTS } from './smuggling.ts'

let served: Served
const received: string[] = []

beforeAll(async () => {
  served = await startServed((request) => {
    received.push(`${request.method} ${request.url}`)
    return false
  })
}, 240_000)
afterAll(() => served?.stop())

it.each(REQUESTS)('CVE-2025-55315: $name', async ({ bytes, statuses }) => {
  const answer = await sendRaw(served.server.url, bytes)
  expect(statusesOf(answer), answer).toEqual(statuses)
  expect(received).toEqual([])
})
