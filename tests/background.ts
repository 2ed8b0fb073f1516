/**
 * Expensive things that many test files share, such as a running server. The process of the global setup makes each of them on
 * first use, while other files run.
 */
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Something that is made on first use. */
export interface Offer {
  /** Where to {@link ask} for it. */
  readonly url: string
  /** Resolves when it is made or has failed; at once if nobody has asked. */
  settled(): Promise<void>
}

/**
 * Offers something to all test files.
 * @param make - Called once, by the first {@link ask}; its result must be plain data. If it fails, every file that asks fails.
 */
export async function offer(make: () => Promise<unknown>): Promise<Offer> {
  let made: Promise<string> | undefined
  const server = createServer((_, response) => {
    made ??= make().then((value) => JSON.stringify(value))
    made.then(
      (value) => response.end(value),
      (error) => response.writeHead(500).end(String(error?.stack ?? error)),
    )
  })
  await once(server.unref().listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async settled() {
      await made?.catch(() => undefined)
    },
  }
}

/**
 * Waits for what is offered.
 * @param url - Of the {@link Offer}
 * @returns What was made
 * @throws {Error} if it could not be made
 */
export async function ask<T>(url: string): Promise<T> {
  // fetch gives up after five minutes.
  const [answer] = (await once(get(url), 'response')) as [IncomingMessage]
  const body = await text(answer)
  if (answer.statusCode !== 200) throw new Error(body)
  return JSON.parse(body) as T
}
