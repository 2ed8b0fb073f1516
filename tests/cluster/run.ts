/**
 * `npm run test:cluster`: everything that needs real parts. The contract suite runs against `workerd serve` and against the
 * compiled binary, both in front of one API server and one Keycloak; the other suites start what they need.
 * @module
 */
import { progress } from './progress.ts'
import { MissingRequirement } from './requirement.ts'
import { startCompiled, startServe } from './server.ts'
import { requireRealParts, startRealParts } from './surroundings.ts'
import { type Count, runVitest } from './vitest-run.ts'

/** Suites that start what they need themselves. */
const SUITES = ['schemas', 'cases', 'parity', 'cluster']
const FORMS = { 'workerd serve': startServe, 'compiled binary': startCompiled } as const

async function main(): Promise<number> {
  requireRealParts()
  const counts: [string, Count][] = await contract()
  for (const suite of SUITES) counts.push([suite, await attempt(() => runVitest([suite]))])
  console.log('')
  for (const [what, { passed, failed }] of counts) console.log(`${what}: ${passed} passed, ${failed} failed`)
  const total = (of: keyof Count): number => counts.reduce((sum, [, count]) => sum + count[of], 0)
  console.log(`${total('passed')} passed, ${total('failed')} failed`)
  return total('failed') === 0 && total('passed') > 0 ? 0 : 1
}

async function contract(): Promise<[string, Count][]> {
  const parts = await startRealParts()
  const counts: [string, Count][] = []
  for (const [form, start] of Object.entries(FORMS)) {
    progress(`contract suite: ${form}, ${parts.apiServer.url}, ${parts.keycloak.issuer}`)
    const count = await attempt(async () => {
      const server = await start(parts)
      try {
        return await runVitest(['contract'], { CONTRACT_URL: server.url })
      } finally {
        await server.stop()
      }
    })
    counts.push([`contract, ${form}`, count])
  }
  await parts.stop()
  return counts
}

/** What cannot be run at all is one failure, and hides nothing that comes after it. */
async function attempt(work: () => Promise<Count>): Promise<Count> {
  try {
    return await work()
  } catch (error) {
    console.error(error)
    return { passed: 0, failed: 1 }
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof MissingRequirement ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
