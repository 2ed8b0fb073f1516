import { expect, it } from 'vitest'
import { applyRoutes } from '../../../shared/bulk/apply-routes.ts'
import { overviewRoutes } from '../../../shared/bulk/overview-routes.ts'
import { watchRoutes } from '../../../shared/bulk/watch-routes.ts'
import type { Call } from '../../../shared/server/call.ts'

const routes = [...applyRoutes, ...overviewRoutes, ...watchRoutes]

/** Fails if anything but its headers is used. */
function boundCall(): Call {
  const request = new Request('https://api.example', { headers: { Authorization: 'dpop token', DPoP: 'proof' } })
  return { request, audit: {} } as Call
}

it.each(routes)('$method $path refuses a token that is bound to a key, and asks no function', async ({ handle }) => {
  await expect(handle(boundCall())).rejects.toMatchObject({
    code: 'invalid_request',
    detail: expect.stringContaining('DPoP-bound'),
  })
})
