import { describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import { FREE_BYTES, type MemoryShare } from '../../../shared/kube/memory.ts'
import { AnswerTooLarge, readJson } from '../../../shared/kube/read-json.ts'
import { slicesOf } from '../fixtures/slices.ts'

const MiB = 1024 * 1024

/** An answer that arrives in these chunks, of which those not asked for are left, and whether its reader has canceled it. */
function answer(...chunks: (string | Uint8Array | (() => string))[]) {
  const state = { canceled: false }
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = chunks.shift()
        const chunk = typeof next === 'function' ? next() : next
        if (chunk === undefined) controller.close()
        else controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      },
      cancel() {
        state.canceled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { response: new Response(body), state, chunks }
}

/** A share that counts how often it is taken, and perhaps never is. */
function shareOf(refusal?: Problem) {
  const take = vi.fn(async () => {
    if (refusal !== undefined) throw refusal
  })
  return { take } as unknown as MemoryShare & { readonly take: typeof take }
}

/** A JSON text of this many bytes. */
const text = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`

describe('an answer', () => {
  it('is parsed, whatever chunks it arrives in, and its bytes are counted', async () => {
    const bytes = new TextEncoder().encode('{"a":"é€"}')
    const { response } = answer(...Array.from(bytes, (byte) => Uint8Array.of(byte)))
    expect(await readJson(response, 100, shareOf())).toEqual({ value: { a: 'é€' }, bytes: 13 })
  })

  it('that is cut off within a character is not read as if it were whole', async () => {
    const bytes = new TextEncoder().encode('"é')
    const { response } = answer(bytes.slice(0, -1))
    await expect(readJson(response, 100, shareOf())).rejects.toThrow(SyntaxError)
  })

  it('without a body is no JSON', async () => {
    await expect(readJson(new Response(null), 100, shareOf())).rejects.toThrow(SyntaxError)
  })

  it('is read up to its limit', async () => {
    expect(await readJson(answer('"12345678"').response, 10, shareOf())).toEqual({ value: '12345678', bytes: 10 })
    const { response, state } = answer('"1234567', '8901"', 'never asked for')
    await expect(readJson(response, 10, shareOf())).rejects.toMatchObject({
      code: 'cluster_unavailable',
      detail: 'The answer of the cluster is too large.',
      headers: {},
      cause: 'the API server answered with more bytes than are read',
      objects: 0,
    })
    expect(state.canceled).toBe(true)
  })

  it('that is too large tells how many objects had begun', async () => {
    const object = '{"metadata":{"creationTimestamp":"x"}},'
    const { response } = answer(`[${object.repeat(3)}`, object)
    await expect(readJson(response, 130, shareOf())).rejects.toMatchObject({ objects: 4 })
  })

  it('needs a share once it is large, and takes it once', async () => {
    const small = shareOf()
    await readJson(answer(text(FREE_BYTES)).response, 8 * MiB, small)
    expect(small.take).not.toHaveBeenCalled()
    const large = shareOf()
    await readJson(answer(text(FREE_BYTES).slice(0, -1), 'xx', 'x', 'x"').response, 8 * MiB, large)
    expect(large.take).toHaveBeenCalledTimes(1)
  })

  it('for which there is no share is refused as the share is, and the connection closed', async () => {
    const refusal = new Problem('overloaded', 'Later.', { headers: { 'Retry-After': '2' } })
    const { response, state } = answer('{"creationTimestamp":', text(FREE_BYTES), 'never asked for')
    const error = await readJson(response, 8 * MiB, shareOf(refusal)).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(AnswerTooLarge)
    expect(error).toMatchObject({
      code: 'overloaded',
      detail: 'Later.',
      headers: { 'Retry-After': '2' },
      objects: 1,
    })
    expect(state.canceled).toBe(true)
  })

  it('is parsed in slices if it is large', async () => {
    const slices = slicesOf({ begin: vi.fn(async () => undefined) })
    await readJson(answer(text(64 * 1024)).response, MiB, shareOf(), slices)
    expect(slices.begin).not.toHaveBeenCalled()
    await readJson(answer(text(64 * 1024 + 1)).response, MiB, shareOf(), slices)
    expect(slices.begin).toHaveBeenCalledTimes(1)
  })

  it('is not parsed if nobody needs it any more when it gets a slice', async () => {
    const left = new AbortController()
    const slices = slicesOf({ begin: async () => left.abort(new Error('left')) })
    const { response } = answer('this is no JSON', text(64 * 1024))
    await expect(readJson(response, MiB, shareOf(), slices, left.signal)).rejects.toThrow('left')
  })

  it.each([
    ['to its end, so that its connection is kept, if it is small', FREE_BYTES - 2, false],
    ['no further if it is large', FREE_BYTES, true],
  ])('whose reader has left meanwhile is read %s', async (_, length, isCanceled) => {
    const left = new AbortController()
    const leaving = (): string => {
      left.abort(new Error('left'))
      return text(length)
    }
    const { response, state, chunks } = answer('"', leaving, '"')
    await expect(readJson(response, 8 * MiB, shareOf(), undefined, left.signal)).rejects.toThrow('left')
    expect([chunks, state.canceled]).toEqual([isCanceled ? ['"'] : [], isCanceled])
  })

  it('of a broken connection is its error', async () => {
    const failure = new TypeError('reset')
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(failure) })
    await expect(readJson(new Response(body), 100, shareOf())).rejects.toBe(failure)
  })
})
