/**
 * One stream of all kinds of an organization, which is opened again whenever it ends and goes on where it was.
 */
import { type Api, Problem, pathOf } from './api.ts'
import { readEvents } from './events.ts'
import { OAuthError } from './oauth.ts'

/** What a stream tells. */
export interface StreamListener {
  /** A new stream begins, which tells the whole state. */
  onStart(): void
  /** An event; `data` is its JSON. */
  onEvent(event: string, data: unknown): void
  /** Whether events arrive. `problem`: why not. */
  onState(state: StreamState, problem?: string): void
}

/** Whether events arrive: `ended` is for good. */
export type StreamState = 'connecting' | 'live' | 'ended'

/** Pauses between two attempts that fail, in milliseconds. */
const PAUSES = { shortest: 1_000, longest: 30_000 }
/** The server sends a heartbeat twice a second. A connection that is silent for this long is dead. */
const SILENCE_MS = 20_000

/**
 * Follows the stream until the signal is aborted, or it must not be resumed.
 */
export async function follow(
  api: Api,
  organization: string,
  listener: StreamListener,
  signal: AbortSignal,
): Promise<void> {
  let last: string | undefined
  let pause = PAUSES.shortest
  while (!signal.aborted) {
    listener.onState('connecting')
    try {
      const end = await connection(last)
      if (end === 'ended') return
      pause = PAUSES.shortest
      await sleep(end.retry, signal)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Problem && mustEnd(error)) return listener.onState('ended', error.message)
      // The session has ended: the page asks the user to sign in, which starts anew.
      if (error instanceof OAuthError && error.code === 'login_required')
        return listener.onState('ended', error.message)
      listener.onState('connecting', error instanceof Error ? error.message : String(error))
      await sleep(pause * (0.5 + Math.random() / 2), signal)
      pause = Math.min(pause * 2, PAUSES.longest)
    }
  }

  /** One connection. @returns why it ended */
  async function connection(from: string | undefined): Promise<'ended' | { retry: number }> {
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const onBytes = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(new Error('The connection timed out.')), SILENCE_MS)
    }
    onBytes()
    try {
      const response = await api.send(`${pathOf(organization, 'watch')}?view=summary`, {
        headers: { Accept: 'text/event-stream', ...(from !== undefined && { 'Last-Event-ID': from }) },
        signal: AbortSignal.any([signal, silence.signal]),
      })
      // Without a position the server tells everything, and cannot say which objects are gone.
      if (from === undefined) listener.onStart()
      listener.onState('live')
      for await (const { event, data, id, retry } of readEvents(response.body as ReadableStream, onBytes)) {
        // Its state can be used only after the event was taken.
        const value = JSON.parse(data)
        if (event === 'RECONNECT') return { retry: value.reason === 'token_expired' ? 0 : (retry ?? pause) }
        if (event === 'ERROR' && value.plural === undefined) {
          listener.onState('ended', value.detail)
          return 'ended'
        }
        listener.onEvent(event, value)
        if (id !== undefined) last = id
      }
      // The connection was cut.
      return { retry: PAUSES.shortest }
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Whether another attempt would have the same answer. */
function mustEnd({ details: { status, code } }: Problem): boolean {
  return status < 500 && code !== 'too_many_requests'
}

/** Waits, at most until the signal is aborted. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
}
