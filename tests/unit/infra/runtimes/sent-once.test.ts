/** Bun's own fetch sends a request again whose connection breaks, if its method is idempotent. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'

const BUN = join(PROJECT, 'node_modules', '.bin', 'bun')
const RUNTIME = join(PROJECT, 'infra', 'runtimes', 'bun')

/** A program that reads, and then makes a change on the same connection, if that is used again. */
const program = (fetcher: string, method: string): string => `
  import { functionFetcher } from '${RUNTIME}/function-fetcher.ts'
  import { kubeFetcher } from '${RUNTIME}/outbound.ts'
  const host = process.env.HOST
  const { fetch: send } = ${fetcher}
  await (await send('http://any/')).text()
  await send('http://any/', { method: '${method}', body: '{}' }).then(
    () => console.log('answered'),
    () => console.log('failed'),
  )
`
const CLUSTER = "kubeFetcher({ address: new URL('http://' + host), authorities: () => [] }, fetch)"
const FUNCTION = 'functionFetcher(host, fetch)'

it.each([
  ['the API server', 'POST', CLUSTER],
  ['the API server', 'PATCH', CLUSTER],
  ['the API server', 'DELETE', CLUSTER],
  ['a function', 'PUT', FUNCTION],
  ['a function', 'DELETE', FUNCTION],
])('a change that %s may have made is not sent again: %s', async (_, method, fetcher) => {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      seen.push(request.method)
      if (request.method === 'GET') response.end('{}')
      else request.socket.resetAndDestroy()
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  const env = { ...process.env, HOST: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  const { stdout } = await promisify(execFile)(BUN, ['-e', program(fetcher, method)], { env })
  expect([stdout.trim(), seen]).toEqual(['failed', ['GET', method]])
})
