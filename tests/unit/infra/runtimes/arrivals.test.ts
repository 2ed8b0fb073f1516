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
    arrive(flow: string, name: string, isKnown = true): void {
      const wait = arrivals(flow, isKnown)
      if (wait === undefined) begun.push(name)
      else void wait.then(() => begun.push(name))
    },
    async round(): Promise<void> {
      rounds.shift()?.()
      await Promise.resolve()
    },
  }
}

it('lets four requests begin at once in each round of the event loop', async () => {
  const { arrive, round, begun } = arriving()
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) arrive('ada', name)
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4'])
  await round()
  for (const name of ['a6', 'a7', 'a8']) arrive('ada', name)
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8'])
})

it('lets flows take turns', async () => {
  const { arrive, round, begun } = arriving()
  for (let at = 1; at <= 10; at += 1) arrive('ada', `a${at}`)
  for (const name of ['b1', 'b2', 'b3']) arrive('bob', name)
  arrive('eve', 'e1')
  expect(begun.splice(0)).toEqual(['a1', 'a2', 'a3', 'a4'])
  await round()
  expect(begun.splice(0)).toEqual(['a5', 'b1', 'e1', 'a6'])
  arrive('eve', 'e2')
  await round()
  expect(begun.splice(0)).toEqual(['b2', 'a7', 'e2', 'b3'])
  await round()
  expect(begun.splice(0)).toEqual(['a8', 'a9', 'a10'])
})

it('gives half of the turns to flows that are known, however many others there are', async () => {
  const { arrive, round, begun } = arriving()
  for (let at = 0; at < 1_000; at += 1) arrive(`address ${at}`, 'someone', false)
  for (const name of ['a1', 'a2', 'a3']) arrive('ada', name)
  begun.length = 0
  await round()
  await round()
  expect(begun).toEqual(['a1', 'someone', 'a2', 'someone', 'a3', 'someone', 'someone', 'someone'])
})

it('asks for no more rounds once nothing waits', async () => {
  const { arrive, round, asked } = arriving()
  for (let at = 0; at < 5; at += 1) arrive('ada', 'a')
  await round()
  expect(asked()).toBe(1)
  await round()
  expect(asked()).toBe(0)
})
