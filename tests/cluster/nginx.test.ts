/** Conditional requests through a real nginx that compresses, which makes strong entity tags weak. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { RunningServer } from '../../infra/workerd/process.ts'
import { callerOf } from './caller.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, scratchDirectory, startProcess } from './processes.ts'
import { requireTool } from './requirement.ts'
import { startCompiled } from './server.ts'
import { sharedParts } from './shared-parts.ts'
import type { RealParts } from './surroundings.ts'

const PATH = '/v1/organizations/acme/connectors/edc-1'
const GZIP = { 'Accept-Encoding': 'gzip' }

let parts: RealParts
let server: RunningServer
let nginx: RunningProcess
let caller: ReturnType<typeof callerOf>

beforeAll(async () => {
  requireTool('nginx')
  parts = await sharedParts()
  server = await startCompiled(parts)
  const port = await freePort()
  const directory = scratchDirectory('nginx')
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, configuration(directory, port, server.url))
  nginx = startProcess({ command: 'nginx', args: ['-c', file, '-p', directory], logFile: join(directory, 'log') })
  const url = `http://127.0.0.1:${port}`
  await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), { timeout: 20_000 })
  caller = callerOf(parts, url, 'acme-operator')
})
afterAll(async () => {
  await nginx?.stop()
  await server?.stop()
})

/** nginx in the foreground, without rights and without files outside its directory; it asks for plain answers and compresses. */
function configuration(directory: string, port: number, upstream: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
master_process off;
pid ${directory}/pid;
error_log stderr;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  gzip on;
  gzip_proxied any;
  gzip_types application/json application/problem+json;
  gzip_min_length 100;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_set_header Accept-Encoding "";
      proxy_set_header X-Remote-Addr $remote_addr;
      proxy_set_header X-Remote-IP $remote_addr;
    }
  }
}
`
}

it('shows a weak tag, which a PUT and a PATCH can send back', async () => {
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

it('lets a lost race be seen', async () => {
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

it('is told that nothing has changed', async () => {
  const tag = (await caller('GET', PATH, { headers: GZIP })).headers.get('ETag') ?? ''
  const again = await caller('GET', PATH, { headers: { ...GZIP, 'If-None-Match': tag } })
  expect(again.status).toBe(304)
})

it('passes on what this server has compressed itself, with a tag of its own', async () => {
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
