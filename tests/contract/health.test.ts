import { expect, test } from 'vitest'
import { send } from './client.ts'

test('the server is live and ready', async () => {
  expect((await send('GET', '/healthz')).body).toEqual({ status: 'ok' })
  const { status, body } = await send('GET', '/readyz?verbose')
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.checks.map(({ name }: { name: string }) => name)).toEqual(['configuration', 'cluster', 'issuer'])
})
