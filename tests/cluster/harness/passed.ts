/**
 * What proxies pass on.
 */

/** Headers that belong to one connection. */
const CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'http2-settings']

/** The headers of a request or answer that go on, without the pseudo-headers of HTTP/2. */
export function passed(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !CONNECTION.includes(name))
  return Object.fromEntries(kept) as Record<string, string | string[]>
}
