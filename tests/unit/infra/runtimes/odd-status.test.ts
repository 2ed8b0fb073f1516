/** Answers with a status that no response may have: the request fails, and nothing else. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import type { Cluster } from '../../../../infra/runtimes/bun/cluster.ts'
import { sendLines } from '../../../../infra/runtimes/bun/header-lines.ts'
import { openFunctionStream, streamOpener } from '../../../../infra/runtimes/bun/streams.ts'

const uncaught = vi.fn()

afterEach(() => {
  process.off('uncaughtException', uncaught)
  uncaught.mockClear()
})

/** Starts a server that gives every request this status. @returns Its address */
async function answering(status: number): Promise<string> {
  process.on('uncaughtException', uncaught)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(`HTTP/1.1 ${status} Odd\r\nContent-Length: 2\r\n\r\n{}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const signal = AbortSignal.timeout(60_000)
const tls = { ca: [], rejectUnauthorized: true as const }
const ways: Readonly<Record<string, (address: string) => Promise<Response>>> = {
  'a stream of the cluster': (address) =>
    streamOpener({ address: new URL(address), authorities: () => [] } as unknown as Cluster)('/', {}, signal),
  'a stream of a function': (address) => openFunctionStream(address, {}, signal),
  'a request with lines': (address) =>
    sendLines(address, 'impersonate-group', { method: 'GET', headers: new Headers(), body: null, signal, tls }),
}

for (const [name, send] of Object.entries(ways)) {
  it.each([600, 999])(`of ${name}: %d`, async (status) => {
    await expect(send(await answering(status))).rejects.toThrow(RangeError)
    expect(uncaught).not.toHaveBeenCalled()
  })
}
