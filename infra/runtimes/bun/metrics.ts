/**
 * The socket for Prometheus: `--metrics`.
 */
import { serveHttp } from './server.ts'

/**
 * Starts to listen.
 * @param listen - `HOST:PORT`
 * @param metrics - Returns all metrics as text
 * @throws {Error} if the address cannot be used
 */
export function serveMetrics(listen: string, metrics: () => Promise<string>): BunServer {
  const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }
  return serveHttp({ listen, handle: async () => new Response(await metrics(), { headers }) })
}
