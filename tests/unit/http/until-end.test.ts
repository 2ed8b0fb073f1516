/** Answers whose clients take their time. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { inPieces } from '../../../shared/http/in-pieces.ts'
import type { CountUnread } from '../../../shared/http/sse.ts'
import { untilEnd, untilTaken } from '../../../shared/http/until-end.ts'
import type { Held } from '../../../shared/runtime/held-bytes.ts'

const HELD: Held = { resize: () => true, touch: () => undefined, release: () => undefined }

/** An answer of so many bytes, and what is called when its client has taken it. */
async function answered(bytes: number, method = 'GET', countUnread: CountUnread = () => HELD) {
  const headers = { 'Content-Length': String(bytes) }
  const end = vi.fn()
  const request = new Request('https://api.example', { method })
  const { body } = await untilTaken(request, new Response('x'.repeat(bytes), { headers }), end, async () => countUnread)
  return { end, reader: (body as ReadableStream<Uint8Array>).getReader() }
}

/** From here on timers are due when the test says so. */
function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

describe('CVE-2019-9517: a large answer', () => {
  it('is in progress until its client has taken the last piece', async () => {
    const { end, reader } = await answered(1_000_000)
    let taken = 0
    for (;;) {
      expect(end).not.toHaveBeenCalled()
      const { done, value } = await reader.read()
      if (done) break
      taken += value.byteLength
    }
    expect(taken).toBe(1_000_000)
    expect(end).toHaveBeenCalledOnce()
  })

  it('is no longer in progress when its client is slow for five seconds', async () => {
    stopTheClock()
    const { end, reader } = await answered(1_000_000)
    await reader.read()
    vi.advanceTimersByTime(4_999)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(end).toHaveBeenCalledOnce()
    expect((await reader.read()).done).toBe(false)
  })

  it('may be taken as slowly as a body is sent', async () => {
    stopTheClock()
    const { reader } = await answered(1_000_000)
    let taken = 0
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      taken += read.value.byteLength
      vi.advanceTimersByTime(9_000)
    }
    expect([taken, vi.getTimerCount()]).toEqual([1_000_000, 0])
  })

  it.each([
    [14_000, 3],
    [30_000, 1],
  ])('is cut when its client takes a piece in %d ms', async (ms, pieces) => {
    stopTheClock()
    const release = vi.fn()
    const { reader } = await answered(1_000_000, 'GET', () => ({ ...HELD, release }))
    for (let piece = 0; piece < pieces; piece += 1) {
      expect((await reader.read()).done).toBe(false)
      vi.advanceTimersByTime(ms)
    }
    await expect(reader.read()).rejects.toThrow('does not read')
    expect(release).toHaveBeenCalled()
  })

  it('is counted until its client has taken the last piece', async () => {
    const release = vi.fn()
    const countUnread = vi.fn(() => ({ ...HELD, release }))
    const { reader } = await answered(1_000_000, 'GET', countUnread)
    expect(countUnread).not.toHaveBeenCalled()
    for (let taken = 0; taken < 1_000_000; ) {
      expect(release).not.toHaveBeenCalled()
      taken += (await reader.read()).value?.byteLength ?? 0
    }
    await reader.read()
    expect(countUnread).toHaveBeenCalledExactlyOnceWith(1_000_000, expect.any(Function))
    expect(release).toHaveBeenCalled()
  })

  it.each<[string, CountUnread]>([
    ['there is no room for it', () => undefined],
    [
      'others need the room',
      (_, cut) => {
        setImmediate(cut)
        return HELD
      },
    ],
  ])('is cut when %s', async (_, countUnread) => {
    const { end, reader } = await answered(1_000_000, 'GET', countUnread)
    const readAll = async (): Promise<void> => {
      for (;;) {
        if ((await reader.read()).done) return
        await new Promise(setImmediate)
      }
    }
    await expect(readAll()).rejects.toThrow('does not read')
    expect(end).toHaveBeenCalled()
  })
})

it.each([
  ['GET', 64 * 1024],
  ['HEAD', 1_000_000],
])('an answer to %s of %d bytes is not waited for', async (method, bytes) => {
  expect((await answered(bytes, method)).end).toHaveBeenCalledOnce()
})

it('an answer of unknown length is cut when its client takes nothing for a minute, not when it is slow', async () => {
  stopTheClock()
  const end = vi.fn()
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(10)) })
  const taken = inPieces(new Request('https://api.example'), new Response(body), end)
  const reader = (taken.body as ReadableStream<Uint8Array>).getReader()
  for (let count = 0; count < 3; count += 1) {
    vi.advanceTimersByTime(59_000)
    expect((await reader.read()).done).toBe(false)
  }
  vi.advanceTimersByTime(59_999)
  expect(end).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(end).toHaveBeenCalledOnce()
  await expect(reader.read()).rejects.toThrow('does not read')
})

it('an answer of unknown length is counted by what has been read and not taken', async () => {
  const held: (number | 'released')[] = []
  const countUnread = (bytes: number): Held => {
    held.push(bytes)
    return { ...HELD, release: () => void held.push('released') }
  }
  const chunks = [new Uint8Array(10), new Uint8Array(200_000)]
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
  const taken = inPieces(new Request('https://api.example'), new Response(body), () => undefined, countUnread)
  for await (const _ of taken.body as unknown as AsyncIterable<Uint8Array>);
  expect(held.slice(0, 4)).toEqual([10, 'released', 200_000, 'released'])
})

it('the last piece of a large answer does not keep the rest of it', async () => {
  const { reader } = await answered(300_000)
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    expect(read.value.buffer.byteLength).toBeLessThanOrEqual(128 * 1024)
  }
})

it('an answer to a client that is gone is not read', async () => {
  const cancel = vi.fn()
  const end = vi.fn()
  const request = new Request('https://api.example', { signal: AbortSignal.abort() })
  inPieces(request, new Response(new ReadableStream({ cancel })), end)
  expect(cancel).toHaveBeenCalledOnce()
  expect(end).toHaveBeenCalledOnce()
})

it('an answer whose client leaves is canceled', async () => {
  const cancel = vi.fn()
  const end = vi.fn()
  const left = new AbortController()
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10)), cancel })
  const request = new Request('https://api.example', { signal: left.signal })
  const reader = inPieces(request, new Response(body), end).body?.getReader()
  await reader?.read()
  left.abort()
  expect(cancel).toHaveBeenCalledOnce()
  expect(end).toHaveBeenCalledOnce()
})

describe('a body with something to do at its end', () => {
  /** A body that sends two chunks, and then ends or breaks when told; how much has been asked of it. */
  function watched(failure?: Error) {
    const state = { asked: 0, canceled: 0 }
    const finish = Promise.withResolvers<void>()
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          state.asked += 1
          if (state.asked <= 2) return controller.enqueue(Uint8Array.of(state.asked))
          await finish.promise
          if (failure === undefined) controller.close()
          else controller.error(failure)
        },
        cancel() {
          state.canceled += 1
        },
      },
      { highWaterMark: 0 },
    )
    const end = vi.fn()
    const reader = (untilEnd(new Response(body), end).body as ReadableStream<Uint8Array>).getReader()
    return { state, end, reader, finish: finish.resolve }
  }

  it('is read only when its reader wants more', async () => {
    const { state, reader } = watched()
    await new Promise(setImmediate)
    expect(state.asked).toBe(0)
    await reader.read()
    await new Promise(setImmediate)
    expect(state.asked).toBe(1)
  })

  it.each([undefined, new Error('reset')])('has all that came before its end (%s)', async (failure) => {
    const { end, reader, finish } = watched(failure)
    expect((await reader.read()).value).toEqual(Uint8Array.of(1))
    expect((await reader.read()).value).toEqual(Uint8Array.of(2))
    expect(end).not.toHaveBeenCalled()
    finish()
    const last = await reader.read().catch((error: unknown) => error)
    expect(last).toEqual(failure ?? { done: true, value: undefined })
    expect(end).toHaveBeenCalled()
  })

  it('is canceled by its reader', async () => {
    const { state, end, reader } = watched()
    await reader.cancel()
    expect(state.canceled).toBe(1)
    expect(end).toHaveBeenCalled()
  })

  it('that is none has ended at once', () => {
    const end = vi.fn()
    untilEnd(new Response(null), end)
    expect(end).toHaveBeenCalledOnce()
  })
})
