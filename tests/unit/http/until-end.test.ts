/** Answers whose clients take their time. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { untilTaken } from '../../../shared/http/until-end.ts'

/** An answer of so many bytes, and what is called when its client has taken it. */
async function answered(bytes: number, method = 'GET') {
  const headers = { 'Content-Length': String(bytes) }
  const end = vi.fn()
  const request = new Request('https://api.example', { method })
  const { body } = await untilTaken(request, new Response('x'.repeat(bytes), { headers }), end)
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
})

it.each([
  ['GET', 64 * 1024],
  ['HEAD', 1_000_000],
])('an answer to %s of %d bytes is not waited for', async (method, bytes) => {
  expect((await answered(bytes, method)).end).toHaveBeenCalledOnce()
})
