/** The runtime alone: requests the path from the API server, parses the answer and writes it again. */
import { readFileSync } from 'node:fs'

const [kube = '', caFile = ''] = process.argv.slice(2)
const tls = caFile === '' ? {} : { tls: { rejectUnauthorized: true as const, ca: [readFileSync(caFile, 'utf8')] } }

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  reusePort: false,
  idleTimeout: 255,
  maxRequestBodySize: 1024,
  development: false,
  async fetch({ url, headers }) {
    const { pathname, search } = new URL(url)
    const authorization = { Authorization: headers.get('Authorization') ?? '' }
    return Response.json(await (await fetch(kube + pathname + search, { headers: authorization, ...tls })).json())
  },
  error: () => new Response(null, { status: 500 }),
})
console.log(JSON.stringify({ message: 'The server listens.', ports: [server.port] }))
