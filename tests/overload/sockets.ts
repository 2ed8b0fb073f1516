/**
 * Connections of a client that does what it likes.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Headers that every request needs. */
export const HOST = 'Host: api.example.com\r\n'

/** Opens a connection. What happens to it is no error of the client. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined)
  return socket
}

/** Everything that comes until the connection is closed. */
export async function everything(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.once('end', () => socket.end())
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return text
}

/** The status of each answer in order; bodies are JSON and have no status lines. */
export function statuses(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status)
}
