/**
 * Many streams of one caller, whose client reads them or not.
 */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Attacking, authorization, ended } from './attacking.ts'
import { CONNECTORS } from './roles.ts'
import { HOST, open, statuses } from './sockets.ts'

/** Milliseconds that streams go on before they are measured: of each that nobody reads the system buffers megabytes. */
const FILL_MS = 5_000
/** Milliseconds in which a client that reads again gets what was sent before the server cut its stream. */
const DRAIN_MS = 5_000

/** Which streams. */
export interface Streams {
  /** Below that of the connectors. */
  readonly path: string
  /** Text with which a stream has begun. */
  readonly until: string
  /** Whether they are read on once they have begun. */
  readonly areRead: boolean
}

/** Opens streams of one caller, and goes on with all that have begun. */
export async function streams(at: Attacking, { path, until, areRead }: Streams) {
  const sockets: Socket[] = []
  const begin = async (): Promise<void> => {
    const socket = await open(at.port)
    const head = `${HOST}Authorization: ${authorization(at)}\r\nAccept: text/event-stream, text/plain\r\n`
    socket.write(`GET ${CONNECTORS}/${path} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    const [status = 'closed'] = statuses(await readUntil(socket, until))
    if (status === '200') sockets.push(areRead ? socket.on('data', () => undefined).resume() : socket)
    else at.saw(status)
    if (!/^(200|429|503)$/.test(status)) at.fail(`a stream of ${path} was answered with ${status}`)
  }
  // No more at once than may wait.
  for (let batch = 0; batch < 6; batch += 1) await Promise.all(Array.from({ length: 50 }, begin))
  await sleep(FILL_MS)
  return { over: cutOrOpen(at, sockets) }
}

/** Reads until a text has come, or all. */
function readUntil(socket: Socket, until: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const end = (): void => resolve(text)
    const read = (chunk: string): void => {
      text += chunk
      if (!text.includes(until)) return
      socket.off('data', read).off('end', end).off('close', end).pause()
      resolve(text)
    }
    socket.setEncoding('latin1').on('data', read).once('end', end).once('close', end)
  })
}

/** Keeps streams until the end. Whoever reads again sees which ones the server has cut. */
async function cutOrOpen(at: Attacking, sockets: readonly Socket[]): Promise<void> {
  await ended(at)
  const look = async (socket: Socket): Promise<void> => {
    const cut = new Promise<string>((resolve) => {
      for (const end of ['end', 'close']) socket.once(end, () => resolve('cut'))
    })
    socket.resume()
    at.saw(socket.closed ? 'cut' : await Promise.race([cut, sleep(DRAIN_MS, 'open')]))
    socket.destroy()
  }
  await Promise.all(sockets.map(look))
}
