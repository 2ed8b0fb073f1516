/**
 * A proxy between servers and their API server whose connections break. It passes on bytes, so it works for every protocol.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A running proxy. */
export interface ResettingProxy {
  /** `host:port` */
  readonly address: string
  /** Connections that were reset so far. */
  readonly resets: number
  stop(): Promise<void>
}

/** What to break, and how often. */
export interface Resets {
  readonly host: string
  readonly port: number
  /** Probability that the connection breaks when a server sends something. */
  readonly rate: number
  /** Returns a number from 0 to 1. */
  readonly random: () => number
}

/** Longest time from a request until its connection breaks, in milliseconds: the answer may be on its way by then. */
const BREAKS_MS = 10

/** Starts a proxy. Half of the requests whose connection breaks have not been passed on, the others have. */
export async function startResets({ host, port, rate, random }: Resets): Promise<ResettingProxy> {
  const sockets = new Set<Socket>()
  let resets = 0

  function pass(client: Socket): void {
    const upstream = connect({ host, port, noDelay: true })
    client.setNoDelay()
    const end = (): void => {
      client.resetAndDestroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (chunk) => {
      const breaks = random() < rate
      if (breaks) resets += 1
      if (breaks && random() < 0.5) return end()
      if (breaks) setTimeout(end, BREAKS_MS * random())
      if (!upstream.write(chunk)) client.pause()
    })
    upstream.on('drain', () => client.resume())
    upstream.pipe(client)
  }

  const proxy = createServer(pass).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get resets() {
      return resets
    },
    async stop() {
      proxy.close()
      for (const socket of sockets) socket.destroy()
      await once(proxy, 'close')
    },
  }
}
