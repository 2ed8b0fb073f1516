/**
 * HTTP/2 connections to the API server. Each carries many streams; there is another one when all are full.
 */
import type { ClientHttp2Session, ClientHttp2Stream, connect } from 'node:http2'
import type { ConnectionOptions } from 'node:tls'
import type { HeaderLines } from './header-lines.ts'

/** Streams of a connection: every server should allow this number (RFC 9113, section 6.5.2). */
const CONNECTION_STREAMS = 100
/** Bytes of a stream that may be under way, and that may wait for their reader (default of both: 64 KiB, of thousands of streams). */
const WINDOW_BYTES = 16 * 1024
/** Milliseconds between pings, each of which must be answered before the next. */
const PING_MS = 30_000

interface Connection {
  readonly session: ClientHttp2Session
  /** The authorities that it trusts. When they change, new streams need a new connection. */
  readonly authorities: string
  streams: number
}

/** What a connection is made with, asked for each stream, because files of authorities change. */
export type TlsOptions = () => ConnectionOptions & { readonly ca: string[] }

/** The connections to one origin. */
export class Http2Connections {
  readonly #origin: string
  readonly #tls: TlsOptions
  readonly #open = new Set<Connection>()

  constructor(origin: string, tls: TlsOptions) {
    this.#origin = origin
    this.#tls = tls
  }

  /** Sends a GET. Errors are events of the stream. */
  async get(path: string, headers: HeaderLines): Promise<ClientHttp2Stream> {
    const [http2, { setDefaultHighWaterMark }] = await Promise.all([import('node:http2'), import('node:stream')])
    // Of all streams of the process: those of HTTP/2 have no option of their own.
    setDefaultHighWaterMark(false, WINDOW_BYTES)
    const connection = this.#withRoom() ?? this.#connect(http2.connect)
    const stream = connection.session.request({ ...headers, ':path': path })
    connection.streams += 1
    stream.once('close', () => {
      connection.streams -= 1
    })
    return stream
  }

  #withRoom(): Connection | undefined {
    const authorities = this.#tls().ca.join('\n')
    // A session is closed from the server's GOAWAY on; its streams go on.
    return [...this.#open].find(
      (open) => open.streams < CONNECTION_STREAMS && !open.session.closed && open.authorities === authorities,
    )
  }

  #connect(start: typeof connect): Connection {
    const options = this.#tls()
    const session = start(this.#origin, {
      ...options,
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
    })
    const connection = { session, authorities: options.ca.join('\n'), streams: 0 }
    this.#open.add(connection)
    let isAlive = true
    const timer = setInterval(() => {
      if (connection.streams === 0) session.close()
      else if (!isAlive) session.destroy(new Error('the API server does not answer pings'))
      else {
        isAlive = false
        session.ping((error) => {
          isAlive = error === null
        })
      }
    }, PING_MS)
    // Its streams report errors.
    session.on('error', () => undefined)
    session.once('close', () => {
      clearInterval(timer)
      this.#open.delete(connection)
    })
    return connection
  }
}
