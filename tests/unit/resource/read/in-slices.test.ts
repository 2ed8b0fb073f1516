import { expect, it, vi } from 'vitest'
import { inSlices } from '../../../../shared/resource/read/in-slices.ts'
import { slicesOf } from '../../fixtures/slices.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

it.each([
  [0, [], 0],
  [1, [1], 0],
  [250, [250], 0],
  [251, [250, 1], 2],
  [500, [250, 250], 2],
])('divides %i objects into parts of %j, before which others go on %i times', async (count, sizes, breaks) => {
  const next = vi.fn(async () => undefined)
  const parts = await Array.fromAsync(inSlices(numbers(count), slicesOf({ next })))
  expect(parts.map(({ length }) => length)).toEqual(sizes)
  expect(parts.flat()).toEqual(numbers(count))
  expect(next).toHaveBeenCalledTimes(breaks)
})

it('needs no slices', async () => {
  expect((await Array.fromAsync(inSlices(numbers(300), undefined))).flat()).toEqual(numbers(300))
})
