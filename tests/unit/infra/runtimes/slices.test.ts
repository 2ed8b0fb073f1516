import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Activity, createSlices } from '../../../../infra/runtimes/bun/slices.ts'
import type { CallerSlices } from '../../../../shared/runtime/environment.ts'

/** What goes on: by default nothing else, although others are active. */
function activityOf({ inProgress = 0, hasOthers = true } = {}): Activity {
  return { inProgress: () => inProgress, hasOthers: () => hasOthers }
}

it('lets what has become ready go first, whoever asked for a slice meanwhile', async () => {
  const slices = createSlices(activityOf()).of('ada')
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
  const slices = createSlices(activityOf()).of('ada')
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
  const slices = createSlices(activityOf()).of('ada')
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
  const slices = createSlices(activityOf()).of('ada')
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
    const { of } = createSlices(activityOf())
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
  const { of } = createSlices(activityOf())
  const seen: string[] = []
  const work = async (caller: string, name: string): Promise<void> => {
    await of(caller)[slice]()
    seen.push(name)
  }
  await Promise.all([work('ada', 'a1'), work('ada', 'a2'), work('ada', 'a3'), work('bob', 'b1')])
  expect(seen.join(' ')).toBe('a1 b1 a2 a3')
})

it('lets the rest of few long events be read at once, callers in turns', async () => {
  const { of } = createSlices(activityOf())
  const ends = await Promise.all(Array.from({ length: 16 }, (_, index) => of(`caller ${index}`).rest()))
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
  for (const end of ends) end()
  await Promise.all(all)
  expect(seen).toEqual(['a1', 'b1', 'a2'])
})

it('lets the rest of long events of others be read while a caller reads eight, which may have debts', async () => {
  const { of } = createSlices(activityOf())
  const own = await Promise.all(Array.from({ length: 8 }, () => of('ada').rest()))
  const seen: string[] = []
  const read = (caller: string) =>
    of(caller)
      .rest()
      .then(() => seen.push(caller))
  const next = read('ada')
  const ends = await Promise.all(Array.from({ length: 8 }, (_, index) => of(`caller ${index}`).rest()))
  const bob = read('bob')
  await new Promise(setImmediate)
  expect(seen).toEqual([])
  ends[0]?.()
  await bob
  expect(seen).toEqual(['bob'])
  for (const end of ends) end()
  await new Promise(setImmediate)
  expect(seen).toEqual(['bob'])
  for (const end of own.slice(0, 2)) end()
  await next
})

/** More rounds of the event loop than are needed. */
async function rounds(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await new Promise(setImmediate)
}

describe('after slices of 3 ms', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** Work of three slices, besides something else. @returns How many it has had */
  async function working(
    going: { inProgress?: number; hasOthers?: boolean },
    also?: (slices: CallerSlices) => unknown,
  ) {
    const slices = createSlices(activityOf(going)).of('ada')
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

  it('there is a pause of three times as long for another request', async () => {
    const seen = await working({ inProgress: 2 })
    expect(seen.slices).toBe(1)
    vi.advanceTimersByTime(8)
    await rounds()
    expect(seen.slices).toBe(1)
    vi.advanceTimersByTime(1)
    await rounds()
    expect(seen.slices).toBe(2)
  })

  it('there is a pause for events', async () => {
    const seen = await working({ inProgress: 1 }, ({ event }) => [event(20_000), event(20_000)])
    expect(seen.slices).toBe(1)
    expect(vi.getTimerCount()).toBe(1)
  })

  it.each<[string, Parameters<typeof working>]>([
    ['nothing else goes on', [{ inProgress: 1 }]],
    ['all that is in progress waits for slices', [{ inProgress: 3 }, ({ begin }) => [begin(), begin(), begin()]]],
    ['all that is in progress is of one caller', [{ inProgress: 8, hasOthers: false }]],
  ])('there is none if %s', async (_, [going, also]) => {
    expect(await working(going, also)).toEqual({ slices: 3 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('no pause is longer than 200 ms', async () => {
    const { of } = createSlices(activityOf({ inProgress: 3 }))
    let isNext = false
    // Ada has debts then, and Bob has none.
    of('ada')
      .next()
      .then(() => vi.advanceTimersByTime(300))
    const bob = of('bob').next()
    bob.then(() => {
      isNext = true
    })
    await rounds()
    vi.advanceTimersByTime(199)
    await rounds()
    expect(isNext).toBe(false)
    vi.advanceTimersByTime(1)
    await rounds()
    expect(isNext).toBe(true)
  })

  it('a pause is five times as long for what a round takes besides, if that is more than 5 ms', async () => {
    const { of } = createSlices(activityOf({ inProgress: 3 }))
    let isNext = false
    const collect = (): void => void vi.advanceTimersByTime(10)
    of('ada')
      .next()
      .then(() => void setImmediate(collect))
    const bob = of('bob').next()
    bob.then(() => {
      isNext = true
    })
    await rounds()
    vi.advanceTimersByTime(149)
    await rounds()
    expect(isNext).toBe(false)
    vi.advanceTimersByTime(1)
    await rounds()
    expect(isNext).toBe(true)
  })
})

describe('debts', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** Slices, of which each of Eve's keeps the event loop for some milliseconds. @returns Whose slices have been given */
  function going(ms: number, activity = activityOf()) {
    const { of } = createSlices(activity)
    const seen: string[] = []
    const note = (caller: string) => () => {
      seen.push(caller)
      if (caller === 'eve') vi.advanceTimersByTime(ms)
    }
    return {
      seen,
      work: (caller: string) => void of(caller).next().then(note(caller)),
      event: (caller: string, length = 20_000) => void of(caller).event(length).then(note(caller)),
    }
  }

  /** Lets time pass in steps in which slices can be given. */
  async function pass(ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 1) {
      vi.advanceTimersByTime(1)
      await new Promise(setImmediate)
      await new Promise(setImmediate)
    }
  }

  /**
   * Asks for 40 slices, in the rounds of which others do something for 20 ms.
   * @returns How many are given in a time in which there could be pauses of three times as long
   */
  async function besideOthers(take: (slices: CallerSlices) => Promise<void>): Promise<number> {
    const slices = createSlices(activityOf()).of('eve')
    let seen = 0
    const slice = async (): Promise<void> => {
      await take(slices)
      seen += 1
      setImmediate(() => void vi.advanceTimersByTime(20))
    }
    for (let count = 0; count < 40; count += 1) void slice()
    await pass(40 * 3 * 20)
    return seen
  }

  it('keep a caller waiting fifteen times as long as its long slices took, but for the first 50 ms', async () => {
    const { seen, work } = going(25)
    for (let slice = 0; slice < 6; slice += 1) work('eve')
    await rounds()
    // After 75 ms it owes 1,075, and after another 325 no more than is free.
    await pass(320)
    expect(seen.length).toBe(3)
    await pass(10)
    expect(seen.length).toBe(4)
    await pass(340)
    expect(seen.length).toBe(4)
    await pass(10)
    expect(seen.length).toBe(5)
  })

  it('keep nobody else waiting', async () => {
    const { seen, work } = going(100)
    for (const caller of ['eve', 'eve']) work(caller)
    await rounds()
    await pass(50)
    expect(seen).toEqual(['eve'])
    work('ada')
    await rounds()
    expect(seen).toEqual(['eve', 'ada'])
  })

  it('keep nobody waiting until others have paid theirs', async () => {
    const { of } = createSlices(activityOf())
    const seen: string[] = []
    const slice = async (caller: string, ms: number): Promise<void> => {
      await of(caller).next()
      seen.push(caller)
      vi.advanceTimersByTime(ms)
    }
    // Then Eve waits for a second, and Ada for 105 ms.
    for (const [caller, ms] of [
      ['eve', 200],
      ['ada', 57],
    ] as const) {
      void slice(caller, ms)
      await rounds()
    }
    void slice('eve', 0)
    await rounds()
    await pass(70)
    void slice('ada', 0)
    await rounds()
    expect(vi.getTimerCount()).toBe(1)
    await pass(40)
    expect(seen).toEqual(['eve', 'ada', 'ada'])
  })

  it('let nobody wait for more than a second', async () => {
    const { seen, work } = going(10_000)
    for (const caller of ['eve', 'eve']) work(caller)
    await rounds()
    await pass(990)
    expect(seen.length).toBe(1)
    await pass(20)
    expect(seen.length).toBe(2)
  })

  it('are made by a long slice after a pause, too', async () => {
    const { of } = createSlices(activityOf({ inProgress: 9 }))
    const seen: number[] = []
    const slice = async (ms: number): Promise<void> => {
      await of('eve').next()
      seen.push(ms)
      vi.advanceTimersByTime(ms)
    }
    for (const ms of [3, 1_000, 0]) void slice(ms)
    await pass(10)
    expect(seen).toEqual([3, 1_000])
    await pass(500)
    expect(seen).toEqual([3, 1_000])
    await pass(550)
    expect(seen).toEqual([3, 1_000, 0])
  })

  it.each([0, 1])('of events keep no work of their caller waiting, with that of %d others', async (others) => {
    const { of } = createSlices(activityOf())
    let [worked, events] = [0, 0]
    let isOver = false
    const stream = async (): Promise<void> => {
      while (!isOver) {
        await of('eve').event(1_000_000)
        events += 1
        vi.advanceTimersByTime(20)
      }
    }
    const work = async (caller: string): Promise<void> => {
      while (!isOver) {
        await of(caller).next()
        if (caller === 'eve') worked += 1
        vi.advanceTimersByTime(1)
      }
    }
    void stream()
    for (const caller of ['eve', 'ada'].slice(0, 1 + others)) void work(caller)
    await pass(1_000)
    expect(events).toBeLessThan(20)
    expect(worked).toBeGreaterThan(50)
    isOver = true
    await pass(200)
  })

  it('are none for the time in which a caller has owed nothing', async () => {
    const { seen, work } = going(200)
    work('eve')
    await rounds()
    await pass(3_000)
    for (const caller of ['eve', 'eve']) work(caller)
    await rounds()
    expect(seen.length).toBe(2)
    await pass(500)
    expect(seen.length).toBe(2)
  })

  it.each([
    ['short slices', 4, activityOf()],
    ['a caller who is alone', 100, activityOf({ hasOthers: false })],
  ])('are not made by %s', async (_, ms, activity) => {
    const { seen, work } = going(ms, activity)
    for (let slice = 0; slice < 40; slice += 1) work('eve')
    await pass(40 * 3 * ms)
    expect(seen.length).toBe(40)
  })

  it('are not made by what others do in the round of a short slice', async () => {
    expect(await besideOthers((slices) => slices.next())).toBe(40)
  })

  it('of events are made by their lengths, whoever else has some in their slice', async () => {
    const { seen, event } = going(20)
    for (let change = 0; change < 40; change += 1) {
      event('ada', 200)
      event('eve', 1_000_000)
      await pass(30)
    }
    expect(seen.filter((caller) => caller === 'ada').length).toBe(40)
    expect(seen.filter((caller) => caller === 'eve').length).toBeLessThan(15)
  })

  it('of long events are made by whole rounds, in which others are received', async () => {
    expect(await besideOthers((slices) => slices.event(20_000))).toBeLessThan(20)
  })

  it('of small events are small, however long the round is in which others do something', async () => {
    const { seen, event } = going(20)
    for (let change = 0; change < 40; change += 1) {
      event('eve', 400)
      await pass(20)
    }
    // The last ones come after pauses.
    await pass(800)
    expect(seen.length).toBe(40)
  })

  it('are made by short slices of events, too', async () => {
    const { seen, event } = going(4)
    for (let slice = 0; slice < 40; slice += 1) event('eve')
    // With nothing but pauses all would have been given.
    await pass(640)
    expect(seen.length).toBeLessThan(28)
    await pass(2_000)
    expect(seen.length).toBe(40)
  })
})

it('gives a slice at once after a pause', async () => {
  const slices = createSlices(activityOf()).of('ada')
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
  const { of } = createSlices(activityOf())
  await Promise.all(Array.from({ length: 16 }, (_, index) => of(`caller ${index}`).rest()))
  const seen: string[] = []
  const waiting = of('bob')
    .rest()
    .then(() => seen.push('bob'))
  vi.advanceTimersByTime(9_999)
  await new Promise(setImmediate)
  expect(seen).toEqual([])
  vi.advanceTimersByTime(1)
  await waiting
})
