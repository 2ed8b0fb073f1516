/** The bundle of the single binary on node:http. */

import { catalog, functions, variables } from 'kaphera:functions'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { oneProcess } from '../../../infra/runtimes/one-process.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

const { KUBE = '', TOKEN = '' } = process.env
const env = {
  ...Object.fromEntries(variables.map((name) => [name, process.env[name] ?? null])),
  KUBE: {
    fetch(input: Request): Promise<Response> {
      const { pathname, search } = new URL(input.url)
      return fetch(KUBE + pathname + search, input)
    },
  },
  KUBE_TOKEN: { fetch: async () => new Response(readFileSync(TOKEN)) },
  OIDC: { fetch: (input: Request | string, init?: RequestInit) => fetch(input, init) },
  CATALOG: JSON.parse(catalog),
} as unknown as Environment
const { fetch: answer } = oneProcess(functions, env, { waitUntil() {} })

const server = createServer(async (incoming, outgoing) => {
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one ?? '']),
  )
  const { method = 'GET' } = incoming
  const left = new AbortController()
  outgoing.once('close', () => left.abort())
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as BodyInit)
  const about = { method, headers, body, duplex: 'half' as const, signal: left.signal }
  const response = await answer(new Request(`http://localhost${incoming.url}`, about))
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body === null) outgoing.end()
  else pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing, () => undefined)
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ message: 'The server listens.', ports: [(server.address() as AddressInfo).port] }))
})
