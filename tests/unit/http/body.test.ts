import { describe, expect, it } from 'vitest'
import { readBodyText } from '../../../shared/http/body.ts'

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
