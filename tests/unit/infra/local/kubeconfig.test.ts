/** The proxy to the cluster of a kubeconfig. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openCluster } from '../../../../infra/local/kubeconfig.ts'
import { temporaryDirectory } from '../../fixtures/build.ts'

/** A proxy to an API server that begins to answer each request, and then does something to its connection. */
async function proxyTo(then: (socket: Socket) => void, chunk = '2\r\n{}\r\n') {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`, () => then(socket))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const file = join(await temporaryDirectory(), 'config')
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'real' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }),
  )
  const proxy = await openCluster(file, undefined)
  onTestFinished(() => proxy.close())
  return () => fetch(`${proxy.url}/api`, { headers: { Authorization: `Bearer ${proxy.token}` } })
}

it.each<[string, (socket: Socket) => void]>([
  ['reset', (socket) => void socket.resetAndDestroy()],
  ['cut', (socket) => void socket.end()],
])('goes on after a connection that is %s in the middle of an answer, which it cuts', async (_, end) => {
  const ask = await proxyTo((socket) => setTimeout(end, 20, socket))
  for (let times = 0; times < 2; times += 1) {
    const answer = await ask()
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow()
  }
})

it('ends a request to the cluster whose client has left', async () => {
  const { promise, resolve } = Promise.withResolvers<Socket>()
  const ask = await proxyTo(resolve)
  const answer = await ask()
  const socket = await promise
  await answer.body?.cancel()
  await once(socket, 'close')
})

it('passes on that a watch has begun, although nothing happens', async () => {
  const ask = await proxyTo(() => undefined, '')
  const answer = await ask()
  expect(answer.status).toBe(200)
  await answer.body?.cancel()
})
