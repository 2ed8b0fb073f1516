/** Raw bytes over a connection. */
import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Sends bytes, each character one, and nothing after them.
 * @param url - Of the server
 * @returns All that comes back
 */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk
  })
  await once(socket, 'connect')
  socket.end(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return answer
}

/** The status of each answer. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))
}
