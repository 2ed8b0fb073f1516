/** Answers whose clients take their time. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { CountUnread } from '../../../shared/http/sse.ts'
import { untilTaken } from '../../../shared/http/until-end.ts'
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

  it('is cut when its client takes nothing for a minute, not when it is slow', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { end, reader } = await answered(1_000_000)
    for (let count = 0; count < 3; count += 1) {
      vi.advanceTimersByTime(59_000)
      expect((await reader.read()).done).toBe(false)
    }
    vi.advanceTimersByTime(59_000)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_000)
    expect(end).toHaveBeenCalledOnce()
    await expect(reader.read()).rejects.toThrow('does not read')
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
