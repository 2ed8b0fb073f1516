/** Streams of the API server that are read more slowly than they are sent, on the runtime that ships. */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from '../../../security/loopback-certificate.ts'

const BLOCK = Buffer.alloc(20_000, 'x')

it('are received as they are read, however many parts they come in', { timeout: 60_000 }, async () => {
  let sent = 0
  const server = createSecureServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE })
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 })
    const send = (): void => {
      stream.write(BLOCK, () => {
        sent += BLOCK.byteLength
        if (!stream.destroyed) send()
      })
    }
    stream.on('error', () => undefined)
    send()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const args = [join(import.meta.dirname, 'slow-reader.ts'), address, LOOPBACK_CERTIFICATE, '200']
  const { stdout } = await promisify(execFile)(join(PROJECT, 'node_modules', '.bin', 'bun'), args)
  expect(Number(stdout)).toBeGreaterThan(500_000)
  // A window, as much that waits to be read, and a block.
  expect(sent - Number(stdout)).toBeLessThan(64 * 1024)
})
