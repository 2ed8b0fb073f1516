import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import { waitForRetry } from '../../../shared/kube/throttling.ts'

describe('the wait of a read that was refused', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  const refused = new Problem('too_many_requests', 'Later.', { headers: { 'Retry-After': '2' } })

  /** Milliseconds that it waits; `refused` if it does not. */
  async function waited(left: number, chance: number, signal?: AbortSignal): Promise<number | 'refused'> {
    vi.spyOn(Math, 'random').mockReturnValue(chance)
    const started = Date.now()
    const wait = waitForRetry(refused, started + left, signal).then(
      () => Date.now() - started,
      (error) => (error === refused ? 'refused' : error),
    )
    await vi.runAllTimersAsync()
    return wait
  }

  it('is that of Retry-After, and up to half a second more', async () => {
    expect(await waited(60_000, 0)).toBe(2_000)
    expect(await waited(60_000, 0.5)).toBe(2_250)
  })

  it('leaves a second for the answer', async () => {
    expect(await waited(3_000, 0)).toBe(2_000)
    expect(await waited(2_999, 0)).toBe('refused')
    expect(await waited(3_249, 0.5)).toBe('refused')
  })

  it('ends with the refusal if the read is not needed any more', async () => {
    expect(await waited(60_000, 0, AbortSignal.abort())).toBe('refused')
  })
})
