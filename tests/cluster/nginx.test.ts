/** Conditional requests through a real nginx that compresses, which makes strong entity tags weak. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { callerOf } from './harness/caller.ts'
import { type Nginx, startNginx } from './harness/nginx.ts'
import { startCompiled } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

const PATH = '/v1/organizations/acme/connectors/edc-1'
const GZIP = { 'Accept-Encoding': 'gzip' }

let parts: RealParts
let server: RunningServer
let nginx: Nginx
let caller: ReturnType<typeof callerOf>

beforeAll(async () => {
  parts = await sharedParts()
  server = await startCompiled(parts)
  nginx = await startNginx(server.url, {
    http: `
      access_log off;
      gzip on;
      gzip_proxied any;
      gzip_types application/json application/problem+json;
      gzip_min_length 100;`,
    location: `
      proxy_set_header Accept-Encoding "";
      proxy_set_header X-Remote-Addr $remote_addr;
      proxy_set_header X-Remote-IP $remote_addr;`,
  })
  caller = callerOf(parts, nginx.url, 'acme-operator')
})
afterAll(async () => {
  await nginx?.stop()
  await server?.stop()
})

it('sends a weak tag, which works in a PUT and a PATCH', async () => {
  const read = await caller('GET', PATH, { headers: GZIP })
  const tag = read.headers.get('ETag') ?? ''
  expect([read.status, read.headers.get('Content-Encoding'), tag.slice(0, 3)]).toEqual([200, 'gzip', 'W/"'])
  const put = await caller('PUT', PATH, { headers: { ...GZIP, 'If-Match': tag }, body: read.body })
  expect(put.status, JSON.stringify(put.body)).toBe(200)
  const patched = await caller('PATCH', PATH, {
    type: 'application/merge-patch+json',
    headers: { ...GZIP, 'If-Match': put.headers.get('ETag') ?? '' },
    body: { metadata: { annotations: { through: 'nginx' } } },
  })
  expect(patched.status, JSON.stringify(patched.body)).toBe(200)
})

it('does not hide a conflict', async () => {
  const tag = (await caller('GET', PATH, { headers: GZIP })).headers.get('ETag') ?? ''
  const patch = (value: string): ReturnType<typeof caller> =>
    caller('PATCH', PATH, {
      type: 'application/merge-patch+json',
      headers: { ...GZIP, 'If-Match': tag },
      body: { metadata: { annotations: { race: value } } },
    })
  expect((await patch(`won-${Date.now()}`)).status).toBe(200)
  expect((await patch('lost')).status).toBe(412)
})

it('answers 304 for an unchanged object', async () => {
  const tag = (await caller('GET', PATH, { headers: GZIP })).headers.get('ETag') ?? ''
  const again = await caller('GET', PATH, { headers: { ...GZIP, 'If-None-Match': tag } })
  expect(again.status).toBe(304)
})

it('passes on what this server has compressed, with a different tag', async () => {
  const direct = callerOf(parts, server.url, 'acme-operator')
  const plain = await direct('GET', PATH, { headers: { 'Accept-Encoding': 'identity' } })
  const gzip = await direct('GET', PATH, { headers: GZIP })
  const tag = gzip.headers.get('ETag') ?? ''
  expect(gzip.headers.get('Content-Encoding')).toBe('gzip')
  expect(tag).toBe(plain.headers.get('ETag')?.replace(/"$/, '-gzip"'))
  const unchanged = await direct('GET', PATH, { headers: { ...GZIP, 'If-None-Match': tag } })
  expect([unchanged.status, unchanged.headers.get('ETag')]).toEqual([304, tag])
  const put = await direct('PUT', PATH, { headers: { ...GZIP, 'If-Match': tag }, body: gzip.body })
  expect(put.status, JSON.stringify(put.body)).toBe(200)
})
