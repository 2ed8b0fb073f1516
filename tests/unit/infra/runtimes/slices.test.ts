import { expect, it } from 'vitest'
import { createSlices } from '../../../../infra/runtimes/bun/slices.ts'

it('lets what has become ready go first, whoever asked for a slice meanwhile', async () => {
  const slices = createSlices()
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
  const slices = createSlices()
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
  const slices = createSlices()
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

it('lets other work begin now and then while some never ends', async () => {
  const slices = createSlices()
  let isOver = false
  let parts = 0
  const endless = async (): Promise<void> => {
    for (await slices.begin(); !isOver; await slices.next()) parts += 1
  }
  const all = Promise.all([endless(), endless()])
  await slices.begin()
  isOver = true
  expect(parts).toBeLessThanOrEqual(2 * 130)
  await all
})
