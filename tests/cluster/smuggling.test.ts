/** Requests that proxies and servers read differently, through a real nginx that keeps connections to the server open. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { sendRaw, statusesOf } from '../security/attacks/raw.ts'
import { REQUESTS } from '../security/attacks/smuggling.ts'
import { type Nginx, startNginx } from './harness/nginx.ts'
import { startCompiled } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'

/** Ids of the requests that the server has logged, in order. */
const received: string[] = []
let server: RunningServer
let nginx: Nginx

beforeAll(async () => {
  server = await startCompiled(await sharedParts(), {
    onLine(line) {
      const { requestId, path } = JSON.parse(line) as { requestId?: string; path?: string }
      if (requestId !== undefined && path !== undefined) received.push(requestId)
    },
  })
  nginx = await startNginx(server.url, {
    http: `
      log_format ids "$request_id $upstream_status";
      access_log access.log ids;`,
    // A client that sends no more is still there.
    location: 'proxy_set_header X-Request-Id $request_id; proxy_ignore_client_abort on;',
  })
})
afterAll(async () => {
  await nginx?.stop()
  await server?.stop()
})

/** What nginx has logged: the id of each request, and the status that it has from the server, if it asked. */
function passed(): { id: string; status: string }[] {
  const lines = readFileSync(join(nginx.directory, 'access.log'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [id = '', status = ''] = line.split(' ')
    return { id, status }
  })
}

it(`CVE-2025-55315: makes one request of one request, for ${REQUESTS.length} shapes`, async () => {
  for (const { name, bytes } of REQUESTS) {
    // The health check leaves no line in the server's log; a request without a token does.
    const hidden = bytes.replaceAll('/healthz', '/v1/me?a')
    const answer = await sendRaw(nginx.url, hidden)
    expect(statusesOf(answer), name).not.toContain(200)
  }
  // A last request through each connection that nginx keeps: nothing of an earlier one is left there.
  for (let last = 0; last < 8; last += 1) {
    const { status } = await fetch(`${nginx.url}/v1/me`)
    expect(status).toBe(401)
  }
  const answered = () => passed().filter(({ status }) => status === '401')
  await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(answered().length)
  expect(new Set(received).size).toBe(received.length)
  const ids = new Set(passed().map(({ id }) => id))
  expect(received.filter((id) => !ids.has(id))).toEqual([])
  expect(answered().filter(({ id }) => !received.includes(id))).toEqual([])
  expect(answered().length).toBeGreaterThan(20)
})
