/** In which order requests begin on the single binary. */
import { expect, it } from 'vitest'
import { createArrivals } from '../../../../infra/runtimes/bun/arrivals.ts'

/** Requests that note their names when they begin, and rounds of an event loop that go on when told. */
function arriving() {
  const rounds: (() => void)[] = []
  const begun: string[] = []
  const arrivals = createArrivals((run) => void rounds.push(run))
  return {
    begun,
    /** How many rounds have been asked for. */
    asked: () => rounds.length,
    arrive(flow: string, name: string): void {
      const wait = arrivals(flow)
      if (wait === undefined) begun.push(name)
      else void wait.then(() => begun.push(name))
    },
    async round(): Promise<void> {
      rounds.shift()?.()
      await Promise.resolve()
    },
  }
}

it('lets a request begin at once if no other has begun in this round of the event loop', async () => {
  const { arrive, round, begun } = arriving()
  arrive('ada', 'first')
  expect(begun).toEqual(['first'])
  await round()
  arrive('ada', 'second')
  expect(begun).toEqual(['first', 'second'])
})

it('lets one request begin in each round, of each flow in turn', async () => {
  const { arrive, round, begun } = arriving()
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) arrive('ada', name)
  expect(begun).toEqual(['a1'])
  await round()
  expect(begun).toEqual(['a1', 'a2'])
  for (const name of ['b1', 'b2']) arrive('bob', name)
  arrive('eve', 'e1')
  for (let i = 0; i < 4; i += 1) await round()
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'e1', 'a4'])
  for (let i = 0; i < 2; i += 1) await round()
  expect(begun.slice(6)).toEqual(['b2', 'a5'])
})

it('asks for no more rounds once nothing waits', async () => {
  const { arrive, round, asked } = arriving()
  arrive('ada', 'a1')
  arrive('ada', 'a2')
  await round()
  expect(asked()).toBe(1)
  await round()
  expect(asked()).toBe(0)
})
