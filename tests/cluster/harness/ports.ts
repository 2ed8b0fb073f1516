/**
 * Ports for servers that cannot choose one themselves and tell which.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections, which could take one before its server listens. */
const [FIRST, BEYOND] = [15_000, 32_000]

/** What this process has given out: whoever asked for one may not listen yet. */
const given = new Set<number>()

/** A TCP port of 127.0.0.1 that nobody listens on at this moment, and a different one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, BEYOND)
    if (given.has(port)) continue
    given.add(port)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false)
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
