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
