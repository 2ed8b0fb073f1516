/** Who may go on, who waits, and who is refused. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Turns, type TurnsOptions } from '../../../../infra/runtimes/bun/turns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function turnsOf(options: Partial<TurnsOptions>): Turns {
  return new Turns({
    size: 1,
    perOwner: 1,
    waiting: 64,
    patienceMs: 1_000,
    refuse: (used) => new Error(`refused with ${used}`),
    ...options,
  })
}

/** Takes turns one after the other, ends each at once, and notes the order. */
async function inOrder(turns: Turns, owners: string): Promise<string> {
  let order = ''
  await Promise.all(
    [...owners].map(async (owner) => {
      const turn = await turns.take(owner)
      order += owner
      await vi.advanceTimersByTimeAsync(1)
      turn.end()
    }),
  )
  return order
}

describe('turns', () => {
  it('are given in the order of arrival to one owner', async () => {
    const turns = turnsOf({})
    const order: number[] = []
    const first = await turns.take('a')
    const waiting = [1, 2].map(async (number) => {
      const turn = await turns.take('a')
      order.push(number)
      return turn
    })
    first.end()
    const second = await waiting[0]
    expect(order).toEqual([1])
    second?.end()
    const third = await waiting[1]
    expect(order).toEqual([1, 2])
    third?.end()
    await turns.take('a')
  })

  it('are not waited for by somebody who has left, and whose place is free at once', async () => {
    const turns = turnsOf({ waiting: 4 })
    const first = await turns.take('a')
    const left = new AbortController()
    const waiting = turns.take('a', left.signal)
    waiting.catch(() => undefined)
    await expect(turns.take('a')).rejects.toThrow('refused with 1')
    left.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    expect([turns.waiting, vi.getTimerCount()]).toEqual([0, 0])
    const next = turns.take('a', new AbortController().signal)
    first.end()
    await next
    await expect(turnsOf({}).take('a', AbortSignal.abort(new Error('left')))).rejects.toThrow('left')
  })

  it('are given in rotation to several, however many each asks for', async () => {
    expect(await inOrder(turnsOf({}), 'aaaaaabbc')).toBe('aabcabaaa')
  })

  it('are given first to the owner who has the fewest', async () => {
    const turns = turnsOf({ size: 4, perOwner: 4 })
    const [first, second] = [await turns.take('a'), await turns.take('b')]
    await turns.take('a')
    await turns.take('b')
    const order: string[] = []
    for (const owner of 'aabbc') void turns.take(owner).then(() => order.push(owner))
    await vi.advanceTimersByTimeAsync(1)
    first?.end()
    await vi.advanceTimersByTimeAsync(1)
    expect(order).toEqual(['c'])
    second?.end()
    await vi.advanceTimersByTimeAsync(1)
    expect(order).toEqual(['c', 'a'])
  })

  it('are kept for owners who have none', async () => {
    const turns = turnsOf({ size: 4, perOwner: 4, kept: 1 })
    for (const owner of 'aab') await turns.take(owner)
    const third = expect(turns.take('a')).rejects.toThrow('refused with 2')
    await vi.advanceTimersByTimeAsync(1)
    expect(turns.waiting).toBe(1)
    const other = await turns.take('c')
    expect(turns.taken).toBe(4)
    other.end()
    await vi.advanceTimersByTimeAsync(1)
    expect([turns.taken, turns.waiting]).toEqual([3, 1])
    await vi.advanceTimersByTimeAsync(1_000)
    await third
  })

  it('are given to one owner up to its limit, and then to others', async () => {
    const turns = turnsOf({ size: 3, perOwner: 2 })
    const [first] = [await turns.take('a'), await turns.take('a')]
    const third = turns.take('a')
    const other = await turns.take('b')
    expect([turns.taken, turns.waiting]).toEqual([3, 1])
    other.end()
    await vi.advanceTimersByTimeAsync(1)
    expect([turns.taken, turns.waiting]).toEqual([2, 1])
    first?.end()
    await third
    expect([turns.taken, turns.waiting]).toEqual([2, 0])
  })

  it('end once', async () => {
    const turns = turnsOf({ size: 2, perOwner: 2 })
    const [one] = [await turns.take('a'), await turns.take('a')]
    one?.end()
    one?.end()
    expect(turns.taken).toBe(1)
  })
})

describe('a wait', () => {
  it('ends with a refusal after a while, and is forgotten', async () => {
    const turns = turnsOf({})
    const first = await turns.take('a')
    const late = expect(turns.take('a')).rejects.toThrow('refused with 1')
    const other = expect(turns.take('b')).rejects.toThrow('refused with 0')
    await vi.advanceTimersByTimeAsync(1_000)
    await Promise.all([late, other])
    expect(turns.waiting).toBe(0)
    first.end()
    await turns.take('a')
  })

  it('is taken over by an owner with fewer when too many wait', async () => {
    const turns = turnsOf({ waiting: 8 })
    const first = await turns.take('z')
    const ended: string[] = []
    const wait = (owner: string, name: string): void =>
      void turns.take(owner).then(
        () => ended.push(`${name} goes on`),
        () => ended.push(`${name} is refused`),
      )
    for (const [index, owner] of [...'aabbccdd'].entries()) wait(owner, `${owner}${index % 2}`)
    wait('e', 'e')
    await vi.advanceTimersByTimeAsync(1)
    expect(ended).toEqual(['a1 is refused'])
    expect(turns.waiting).toBe(8)
    first.end()
    await vi.advanceTimersByTimeAsync(1)
    expect(ended).toEqual(['a1 is refused', 'a0 goes on'])
  })

  it('is refused at once if too many wait, of one owner or of all', async () => {
    const turns = turnsOf({ waiting: 8 })
    await turns.take('z')
    const waiting = [...'aa'].map((owner) => turns.take(owner).catch(({ message }) => message))
    await expect(turns.take('a')).rejects.toThrow('refused with 0')
    await vi.advanceTimersByTimeAsync(1_000)
    waiting.push(...[...'abcdefgh'].map((owner) => turns.take(owner).catch(({ message }) => message)))
    await expect(turns.take('i')).rejects.toThrow('refused with 0')
    expect(turns.waiting).toBe(8)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await Promise.all(waiting)).toEqual(Array(10).fill('refused with 0'))
  })
})
