/** The default run of `npm run test:history`. */
import { expect, it } from 'vitest'
import { runHistory, summarize } from '../history/run.ts'

const OPTIONS = { operations: 10_000, resets: 0.01, seed: 1 }

it('what clients saw through several processes under faults is linearizable', { timeout: 900_000 }, async () => {
  const { violations, ...result } = await runHistory(OPTIONS)
  console.log(summarize({ violations, ...result }))
  expect(violations).toEqual([])
  for (const figure of ['unknown', 'resets', 'kills', 'resumptions'] as const) {
    expect(result[figure], figure).toBeGreaterThan(0)
  }
})
