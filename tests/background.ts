/**
 * What takes long to make and many test files use, such as a running server: a global setup offers it, its process makes it,
 * and files that do not ask for it run meanwhile.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Offers something to all test files.
 * @param make - Called once, by the first {@link ask}; its result must be plain data
 * @returns URL to ask for it
 */
export async function offer(make: () => Promise<unknown>): Promise<string> {
  let made: Promise<unknown> | undefined
  const server = createServer((_, response) => {
    made ??= make()
    made.then(
      (value) => response.end(JSON.stringify(value)),
      (error) => response.writeHead(500).end(String(error?.stack ?? error)),
    )
  })
  // A build may take longer than the limits of Node's servers.
  server.requestTimeout = 0
  await once(server.unref().listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/**
 * Waits for what is offered.
 * @throws {Error} if it could not be made
 */
export async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return JSON.parse(text) as T
}
