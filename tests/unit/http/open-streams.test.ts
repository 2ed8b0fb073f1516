import { expect, it, onTestFinished, vi } from 'vitest'
import { acquireStream, MAX_STREAMS, openStream } from '../../../shared/http/open-streams.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

/** Later than any stream lasts. */
const EXPIRED_MS = 331_000

function clock(): void {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

it('still counts the streams of a caller when one that had expired ends', () => {
  clock()
  const env = {} as Environment
  const endLate = acquireStream(env, 'client', 'ada')
  vi.advanceTimersByTime(EXPIRED_MS)
  // Forgets the first one, and with it the caller.
  acquireStream(env, 'client', 'bob')
  for (let count = 0; count < MAX_STREAMS; count += 1) acquireStream(env, 'client', 'ada')
  endLate()
  expect(() => acquireStream(env, 'client', 'ada')).toThrow('at most')
})

it('forgets callers whose requests were cut off', () => {
  clock()
  const deleted = vi.spyOn(Map.prototype, 'delete')
  onTestFinished(() => deleted.mockRestore())
  const env = {} as Environment
  for (let count = 0; count < 100; count += 1) acquireStream(env, 'client', `caller-${count}`)
  vi.advanceTimersByTime(EXPIRED_MS)
  acquireStream(env, 'client', 'ada')
  expect(deleted.mock.calls.flat()).toContain('caller-99')
})

it('does not count streams of different owners together', () => {
  const env = {} as Environment
  for (let count = 0; count < 100; count += 1) acquireStream(env, 'cluster', {})
  const owner = {}
  for (let count = 0; count < 950; count += 1) acquireStream(env, 'cluster', owner)
  expect(() => acquireStream(env, 'cluster', owner)).toThrow('at most')
})

it('leaves streams to others, however many a few callers want', () => {
  const env = {} as Environment
  const most = (caller: string): number => {
    for (let count = 0; ; count += 1) {
      try {
        acquireStream(env, 'client', caller)
      } catch {
        return count
      }
    }
  }
  expect(['ada', 'bob', 'eve', 'joe'].map(most)).toEqual([1_000, 500, 250, 125])
  // Of another kind there are as many.
  acquireStream(env, 'cluster', 'ada')
})

it('refuses nobody who has none', () => {
  const env = {} as Environment
  for (let count = 0; count < 2 * MAX_STREAMS; count += 1) acquireStream(env, 'client', `caller-${count}`)
  acquireStream(env, 'client', 'ada')
  expect(() => acquireStream(env, 'client', 'ada')).toThrow('at most')
})

it('opens no stream for which there is no room', async () => {
  const env = {} as Environment
  const ends = Array.from({ length: MAX_STREAMS }, () => acquireStream(env, 'client', 'ada'))
  const open = vi.fn(async () => new Response())
  await expect(openStream(env, 'ada', open)).rejects.toMatchObject({ code: 'too_many_requests' })
  expect(open).not.toHaveBeenCalled()
  ends[0]?.()
  await openStream(env, 'ada', open)
  expect(open).toHaveBeenCalledOnce()
})

it('does not count a stream that could not be opened', async () => {
  const env = {} as Environment
  for (let count = 1; count < MAX_STREAMS; count += 1) acquireStream(env, 'client', 'ada')
  await expect(openStream(env, 'ada', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
  expect((await openStream(env, 'ada', async () => new Response())).status).toBe(200)
  expect(() => acquireStream(env, 'client', 'ada')).toThrow('at most')
})
