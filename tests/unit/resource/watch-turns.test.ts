/** The turns of event streams: none while they only wait for changes. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { Problem } from '../../../shared/http/problem.ts'
import { MemoryShare } from '../../../shared/kube/memory.ts'
import type { RequestTurns } from '../../../shared/runtime/environment.ts'
import { watch } from '../fixtures/event-reader.ts'
import { sample, type World, world } from '../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

/** Turns that begin when the test says so, of which it sees those that are taken. */
class Turns implements RequestTurns {
  taken = 0
  asked = 0
  begin: Promise<void> | undefined

  async take(): Promise<{ end: () => void }> {
    this.asked += 1
    await this.begin
    this.taken += 1
    let isOver = false
    const end = (): void => {
      if (!isOver) this.taken -= 1
      isOver = true
    }
    return { end }
  }
}

async function start(): Promise<{ at: World; turns: Turns }> {
  const turns = new Turns()
  return { turns, at: await world({ keepsCaches: true, settings: { TURNS: turns } }) }
}

const lists = ({ cluster }: World): number =>
  cluster.requests.filter(({ path }) => path.includes('/connectors?') && !path.includes('watch=true')).length

it('takes another turn before it reads the state again', async () => {
  const { at, turns } = await start()
  await at.put('connectors', 'acme', sample('connectors', 'a'))
  const open = await at.opens('viewer', 'acme')
  const stream = await watch(open, CONNECTORS)
  await stream.until('SYNCED')
  const id = stream.lastId ?? ''
  await expect.poll(() => turns.taken, { interval: 5 }).toBe(0)
  await stream.leave()
  await at.put('connectors', 'acme', sample('connectors', 'b'))
  at.cluster.forgetHistory()
  await at.put('connectors', 'acme', sample('connectors', 'c'))

  const resumed = await watch(open, CONNECTORS, { headers: { 'Last-Event-ID': id } })
  const begin = Promise.withResolvers<void>()
  const before = lists(at)
  turns.begin = begin.promise
  const asked = turns.asked
  expect(await resumed.next()).toMatchObject({ event: 'RESET' })
  await expect.poll(() => turns.asked, { interval: 5 }).toBe(asked + 1)
  await new Promise(setImmediate)
  expect([turns.taken, lists(at)]).toEqual([0, before])
  begin.resolve()
  expect(await resumed.until('SYNCED')).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'SYNCED'])
  expect(lists(at)).toBe(before + 1)
  await expect.poll(() => turns.taken, { interval: 5 }).toBe(0)
  await resumed.leave()
})

it('tells the client to reconnect if it gets no other turn, and reads nothing', async () => {
  const { at, turns } = await start()
  const open = await at.opens('viewer', 'acme')
  const stream = await watch(open, CONNECTORS)
  await stream.until('SYNCED')
  const id = stream.lastId ?? ''
  await stream.leave()
  await at.put('connectors', 'acme', sample('connectors', 'b'))
  at.cluster.forgetHistory()
  await at.put('connectors', 'acme', sample('connectors', 'c'))
  const resumed = await watch(open, CONNECTORS, { headers: { 'Last-Event-ID': id } })
  const before = lists(at)
  turns.begin = Promise.reject(new Problem('too_many_requests', 'No more than 8.'))
  turns.begin.catch(() => undefined)
  expect(await resumed.next()).toMatchObject({ event: 'RESET' })
  expect(await resumed.next()).toMatchObject({ event: 'RECONNECT', data: { reason: 'too_many_requests' } })
  expect(lists(at)).toBe(before)
  expect(turns.taken).toBe(0)
})

it('keeps its turn until nothing is read for it any more, although the client has left', async () => {
  const { at, turns } = await start()
  for (let index = 0; index < 60; index += 1) await at.put('connectors', 'acme', sample('connectors', `c-${index}`))
  const page = Promise.withResolvers<undefined>()
  const asked = Promise.withResolvers<void>()
  at.cluster.intercept = ({ path }) => {
    if (!path.includes('continue=')) return undefined
    asked.resolve()
    return page.promise
  }
  const stream = await watch(await at.opens('viewer', 'acme'), CONNECTORS)
  expect((await stream.next())?.event).toBe('ADDED')
  await asked.promise
  await stream.leave()
  await new Promise(setImmediate)
  expect(turns.taken).toBe(1)
  page.resolve(undefined)
  await expect.poll(() => turns.taken, { interval: 5 }).toBe(0)
})

it('ends its turn if the rest of the state is gone before it is read', async () => {
  const { at, turns } = await start()
  for (let index = 0; index < 60; index += 1) await at.put('connectors', 'acme', sample('connectors', `c-${index}`))
  let isGone = false
  at.cluster.intercept = ({ path }) => {
    if (isGone || !path.includes('continue=')) return undefined
    isGone = true
    return { status: 410, body: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } }
  }
  const stream = await watch(await at.opens('viewer', 'acme'), CONNECTORS)
  expect(await stream.until('RESET')).toHaveLength(51)
  expect(await stream.until('SYNCED')).toHaveLength(61)
  await expect.poll(() => turns.taken, { interval: 5 }).toBe(0)
  await stream.leave()
})

it('remembers from one collection to the next how many objects fit into a page', async () => {
  const at = await world()
  const annotations = { text: 'x'.repeat(250_000) }
  for (const organization of ['acme', 'globex']) {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await at.put('connectors', organization, sample('connectors', name, {}, { annotations }))
    }
  }
  const stream = await watch(await at.opens('admin', 'platform'), '/v1/connectors')
  await stream.until('SYNCED')
  await stream.leave()
  const limits = at.cluster.requests.flatMap(({ path }) => /connectors\?.*limit=(\d+)/.exec(path)?.[1] ?? [])
  // The first page of acme is too large; then come authority, which has none, and globex.
  expect(limits).toEqual(['50', '3', '3', '3', '3', '3'])
})

it('reads large objects in pages that need no share of the memory for large answers', async () => {
  const take = vi.spyOn(MemoryShare.prototype, 'take')
  onTestFinished(() => take.mockRestore())
  const at = await world()
  const names = Array.from({ length: 12 }, (_, index) => `c-${10 + index}`)
  const annotations = { text: 'x'.repeat(250_000) }
  for (const name of names) await at.put('connectors', 'acme', sample('connectors', name, {}, { annotations }))
  const stream = await watch(await at.opens('viewer', 'acme'), CONNECTORS)
  expect(await stream.until('SYNCED')).toEqual([...names.map((name) => `ADDED ${name}`), 'SYNCED'])
  await stream.leave()
  expect(take).not.toHaveBeenCalled()
})
