import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSlices } from '../../../../infra/runtimes/bun/slices.ts'
import type { CallerSlices } from '../../../../shared/runtime/environment.ts'

it('lets what has become ready go first, whoever asked for a slice meanwhile', async () => {
  const slices = createSlices(() => 0).of('ada')
  const seen: string[] = []
  const work = async (name: string): Promise<void> => {
    await slices.next()
    seen.push(name)
    setImmediate(() => seen.push(`what became ready during ${name}`))
  }
  await Promise.all([work('a'), work('b'), work('c')])
  expect(seen).toEqual(['a', 'what became ready during a', 'b', 'what became ready during b', 'c'])
})

it('finishes work that has begun before other work begins', async () => {
  const slices = createSlices(() => 0).of('ada')
  const seen: string[] = []
  const work = async (name: string): Promise<void> => {
    await slices.begin()
    for (const part of [1, 2, 3]) {
      if (part > 1) await slices.next()
      seen.push(`${name}${part}`)
    }
  }
  await Promise.all([work('a'), work('b'), work('c')])
  expect(seen.join(' ')).toBe('a1 a2 a3 b1 b2 b3 c1 c2 c3')
})

it('lets other work begin while work that has begun waits for something else', async () => {
  const slices = createSlices(() => 0).of('ada')
  const seen: string[] = []
  const arrived = Promise.withResolvers<void>()
  const slow = async (): Promise<void> => {
    await slices.begin()
    seen.push('slow begins')
    await arrived.promise
    await slices.next()
    seen.push('slow ends')
  }
  const other = async (): Promise<void> => {
    await slices.begin()
    seen.push('other')
    arrived.resolve()
  }
  await Promise.all([slow(), other()])
  expect(seen).toEqual(['slow begins', 'other', 'slow ends'])
})

it('lets other work begin after 100 ms of slices while some never ends, however long the pauses are', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const slices = createSlices(() => 0).of('ada')
  let isOver = false
  let parts = 0
  const endless = async (): Promise<void> => {
    for (await slices.begin(); !isOver; await slices.next()) {
      parts += 1
      vi.advanceTimersByTime(1)
    }
  }
  const all = Promise.all([endless(), endless()])
  const began = slices.begin().then(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise(setImmediate)
    // The pauses.
    vi.runAllTimers()
  }
  // Until the second one begins, and until the third does.
  expect(parts).toBe(200)
  await Promise.all([all, began])
})

describe('events of streams', () => {
  /** What gets slices, in their order; `|` when the event loop has gone on. */
  function recording() {
    const { of } = createSlices(() => 0)
    const slices = of('ada')
    const seen: string[] = []
    const note = (name: string): void => {
      if (!seen.at(-1)?.startsWith('|')) setImmediate(() => seen.push('|'))
      seen.push(name)
    }
    return {
      seen,
      event: async (caller: string, name: string, length = 20_000) => {
        await of(caller).event(length)
        note(name)
      },
      work: async (name: string) => {
        for (const part of [1, 2, 3]) {
          await slices.next()
          note(`${name}${part}`)
        }
      },
    }
  }

  it('take turns with other work', async () => {
    const { seen, event, work } = recording()
    await Promise.all([work('w'), ...['a', 'b', 'c', 'd'].map((name) => event('ada', name))])
    expect(seen.filter((one) => one !== '|').join(' ')).toBe('a w1 b w2 c w3 d')
  })

  it('take turns with those of other callers', async () => {
    const { seen, event } = recording()
    await Promise.all([
      event('ada', 'a1'),
      event('ada', 'a2'),
      event('ada', 'a3'),
      event('bob', 'b1'),
      event('eve', 'e1'),
    ])
    expect(seen.filter((one) => one !== '|').join(' ')).toBe('a1 b1 e1 a2 a3')
  })

  it('share a slice if they are short', async () => {
    const { seen, event } = recording()
    await Promise.all(Array.from({ length: 6 }, (_, at) => event('ada', `a${at}`, 6_000)))
    await new Promise(setImmediate)
    expect(
      seen
        .join(' ')
        .replaceAll(/(\| ?)+/g, '| ')
        .trim(),
    ).toBe('a0 a1 a2 | a3 a4 a5 |')
  })
})

it.each(['begin', 'next'] as const)('gives callers turns with %s', async (slice) => {
  const { of } = createSlices(() => 0)
  const seen: string[] = []
  const work = async (caller: string, name: string): Promise<void> => {
    await of(caller)[slice]()
    seen.push(name)
  }
  await Promise.all([work('ada', 'a1'), work('ada', 'a2'), work('ada', 'a3'), work('bob', 'b1')])
  expect(seen.join(' ')).toBe('a1 b1 a2 a3')
})

it('lets the rest of few long events be read at once, callers in turns', async () => {
  const { of } = createSlices(() => 0)
  const ends = await Promise.all(Array.from({ length: 16 }, () => of('ada').rest()))
  const seen: string[] = []
  const read = async (caller: string, name: string): Promise<() => void> => {
    const end = await of(caller).rest()
    seen.push(name)
    return end
  }
  const all = [read('ada', 'a1'), read('ada', 'a2'), read('bob', 'b1')]
  await new Promise(setImmediate)
  expect(seen).toEqual([])
  const [first] = ends
  first?.()
  // Ended twice, it counts once.
  first?.()
  await new Promise(setImmediate)
  expect(seen).toEqual(['a1'])
  for (const end of ends.slice(1, 3)) end()
  await Promise.all(all)
  expect(seen).toEqual(['a1', 'b1', 'a2'])
})

describe('after slices of 3 ms', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** Work of some slices, besides something else. @returns How many it has had */
  async function working({ inProgress = 1, also }: { inProgress?: number; also?: (slices: CallerSlices) => unknown }) {
    const slices = createSlices(() => inProgress).of('ada')
    const seen = { slices: 0 }
    const work = async (): Promise<void> => {
      for (let slice = 0; slice < 3; slice += 1) {
        await slices.next()
        seen.slices += 1
        vi.advanceTimersByTime(3)
      }
    }
    work()
    also?.(slices)
    await rounds()
    return seen
  }

  /** More rounds of the event loop than are needed. */
  async function rounds(): Promise<void> {
    for (let round = 0; round < 10; round += 1) await new Promise(setImmediate)
  }

  it('there is a pause of twice as long for another request', async () => {
    const seen = await working({ inProgress: 2 })
    expect(seen.slices).toBe(1)
    vi.advanceTimersByTime(5)
    await rounds()
    expect(seen.slices).toBe(1)
    vi.advanceTimersByTime(1)
    await rounds()
    expect(seen.slices).toBe(2)
  })

  it.each<[string, (slices: CallerSlices) => unknown]>([
    ['other work', ({ next }) => [next(), next(), next()]],
    ['work that has not begun', ({ begin }) => [begin(), begin()]],
    ['events', ({ event }) => [event(20_000), event(20_000)]],
  ])('there is a pause for %s', async (_, also) => {
    const seen = await working({ also })
    expect(seen.slices).toBe(1)
    expect(vi.getTimerCount()).toBe(1)
  })

  it('there is none if nothing else goes on', async () => {
    expect(await working({})).toEqual({ slices: 3 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('no pause is longer than 50 ms', async () => {
    const slices = createSlices(() => 3).of('ada')
    let isNext = false
    slices.next().then(() => vi.advanceTimersByTime(60))
    slices.next().then(() => {
      isNext = true
    })
    await rounds()
    vi.advanceTimersByTime(49)
    await rounds()
    expect(isNext).toBe(false)
    vi.advanceTimersByTime(1)
    await rounds()
    expect(isNext).toBe(true)
  })
})

it('gives a slice at once after a pause', async () => {
  const slices = createSlices(() => 0).of('ada')
  await slices.next()
  await new Promise((resolve) => setTimeout(resolve, 10))
  let rounds = 0
  const counting = (): void => {
    rounds += 1
    next = setImmediate(counting)
  }
  let next = setImmediate(counting)
  await slices.next()
  clearImmediate(next)
  expect(rounds).toBeLessThanOrEqual(1)
})

it('takes a rest for done after a while, whose connection may be dead', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { of } = createSlices(() => 0)
  await Promise.all(Array.from({ length: 16 }, () => of('ada').rest()))
  const seen: string[] = []
  const waiting = of('bob')
    .rest()
    .then(() => seen.push('bob'))
  vi.advanceTimersByTime(4_999)
  await new Promise(setImmediate)
  expect(seen).toEqual([])
  vi.advanceTimersByTime(1)
  await waiting
})
