import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FirstRows } from '../../../../shared/resource/read/first-rows.ts'

/** A row with a value that others may have, too. */
interface Numbered {
  readonly value: number
  readonly index: number
}

const byValue = (a: Numbered, b: Numbered): number => a.value - b.value

/** The first rows of some values, how many were kept at most, and how often two were compared. */
function firstOf(values: readonly number[], limit: number) {
  let comparisons = 0
  let kept = 0
  const first = new FirstRows<Numbered>((a, b) => {
    comparisons += 1
    return byValue(a, b)
  }, limit)
  for (const [index, value] of values.entries()) {
    first.add({ value, index })
    kept = Math.max(kept, [...first].length)
  }
  return { rows: first.sorted(), kept, comparisons }
}

describe('the first rows', () => {
  it('are those of a stable sort', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (values, limit) => {
          const all = values.map((value, index) => ({ value, index }))
          const { rows, kept } = firstOf(values, limit)
          expect(rows).toEqual(all.sort(byValue).slice(0, limit))
          expect(kept).toBeLessThan(2 * limit)
        },
      ),
      { seed: 20_261_129, numRuns: 500 },
    )
  })

  it('can be asked for before the last row is added', () => {
    const first = new FirstRows<number>((a, b) => a - b, 3)
    for (const [row, rows] of [
      [2, [2]],
      [3, [2, 3]],
      [4, [2, 3, 4]],
      [5, [2, 3, 4]],
      [1, [1, 2, 3]],
    ] as const) {
      first.add(row)
      expect(first.sorted()).toEqual(rows)
    }
  })

  const COUNT = 20_000
  it.each([
    ['in order', (index: number) => index, 2],
    ['shuffled', (index: number) => (index * 48_271) % 65_537, 2],
    ['all equal', () => 0, 2],
    ['in the opposite order', (index: number) => -index, 16],
  ])('take few comparisons where rows come %s', (_, valueAt, forEach) => {
    const values = Array.from({ length: COUNT }, (_, index) => valueAt(index))
    expect(firstOf(values, 100).comparisons).toBeLessThan(COUNT * forEach)
  })
})
