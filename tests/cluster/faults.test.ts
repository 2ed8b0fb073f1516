/**
 * Faults of everything around the server, as far as they are quick and no other file of this folder has them. `npm run test:faults`
 * has all.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FAULTS } from '../faults/cases/index.ts'
import { type Row, runFault } from '../faults/run.ts'
import { table } from '../faults/table.ts'
import { sharedParts } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

const rows: Row[] = []
let parts: RealParts
beforeAll(async () => {
  parts = await sharedParts()
})
afterAll(() => console.log(table(rows)))

it.each(FAULTS.filter(({ inBrief }) => inBrief))('$name', { timeout: 120_000 }, async (fault) => {
  const row = await runFault(parts, fault)
  rows.push(row)
  expect(row.failures).toEqual([])
})
