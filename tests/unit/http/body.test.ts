import { describe, expect, it, vi } from 'vitest'
import { readBodyText, readText } from '../../../shared/http/body.ts'

/** A request whose body comes in pieces, without a length. */
function chunked(pieces: number, bytes: number): { readonly request: Request; taken(): number } {
  let taken = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === pieces) return controller.close()
        taken += 1
        controller.enqueue(new Uint8Array(bytes).fill(0x20))
      },
    },
    { highWaterMark: 0 },
  )
  const init = { method: 'POST', body, duplex: 'half' }
  return { request: new Request('https://api.example', init as RequestInit), taken: () => taken }
}

describe('a body without a length', () => {
  it('is read up to the limit', async () => {
    expect(await readBodyText(chunked(4, 256).request, 1024)).toHaveLength(1024)
  })

  it('is refused as soon as it is beyond the limit', async () => {
    const { request, taken } = chunked(1_000, 256)
    await expect(readBodyText(request, 1024)).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(taken()).toBeLessThan(10)
  })
})

describe('a body that is somewhat too large', () => {
  function declared(body: ReadableStream<Uint8Array>): Request {
    const headers = { 'Content-Length': '2048' }
    return new Request('https://api.example', { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  }

  it('is read to its end, so that a proxy relays the refusal', async () => {
    let isEnded = false
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(2048)),
      pull(controller) {
        isEnded = true
        controller.close()
      },
    })
    await expect(readBodyText(declared(body), 1024)).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(isEnded).toBe(true)
  })

  it('is not waited for without an end', async () => {
    vi.useFakeTimers()
    try {
      const refused = expect(readBodyText(declared(new ReadableStream()), 1024)).rejects.toMatchObject({
        code: 'payload_too_large',
      })
      await vi.advanceTimersByTimeAsync(30_000)
      await refused
    } finally {
      vi.useRealTimers()
    }
  })
})

it('refuses what is not UTF-8 as malformed', async () => {
  await expect(readText(new Blob([new Uint8Array([0xff])]).stream(), 100)).rejects.toMatchObject({
    code: 'invalid_request',
    errors: [{ pointer: '', detail: 'must be UTF-8' }],
  })
})

it('says that a body ended prematurely, and does not blame its encoding', async () => {
  const cause = new TypeError('terminated')
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{')),
    pull: (controller) => controller.error(cause),
  })
  await expect(readText(body, 100)).rejects.toMatchObject({
    code: 'invalid_request',
    detail: 'The body ended prematurely.',
    cause,
  })
})
