/** A small fleet of organizations: answers are complete, and requests to the API server are few. `npm run test:fleet` has a large one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Operation, operations, vaultOperations } from '../fleet/operations.ts'
import { makeUnselectable, type RunningFleet, runAll, startFleet } from '../fleet/run.ts'

const SIZES = { organizations: 60, members: 4, connectors: 180, crowd: 550 }
/** What takes long and adds little to the other kinds. */
const LEFT_OUT = /^(organizationmembers|each other kind)|search/

let running: RunningFleet
beforeAll(async () => {
  running = await startFleet(SIZES)
}, 300_000)
afterAll(async () => void (await running?.stop()))

async function failuresOf(operation: Operation): Promise<string[]> {
  const failures: string[] = []
  for await (const { caller, failure } of runAll(running, [operation])) {
    if (failure !== undefined) failures.push(`${caller}: ${failure}`)
  }
  return failures
}

describe('complete answers at a bounded cost', () => {
  it.each(operations().filter(({ name }) => !LEFT_OUT.test(name)))('$name', async (operation) => {
    expect(await failuresOf(operation)).toEqual([])
  })
})

describe('on a cluster whose CRD does not make the field selectable', () => {
  beforeAll(() => makeUnselectable(running, 'connectors'))

  it.each(vaultOperations(SIZES))('$name', async (operation) => {
    expect(await failuresOf(operation)).toEqual([])
  })
})
