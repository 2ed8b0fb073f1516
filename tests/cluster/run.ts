/**
 * `npm run test:cluster` runs all suites that need real parts. The contract suite runs against the image's program and the
 * single binary, in front of one API server and one Keycloak; the other suites start their own parts.
 */
import { noOptions } from './harness/command-line.ts'
import { progress } from './harness/progress.ts'
import { startCompiled, startImage } from './harness/server.ts'
import { requireRealParts, startRealParts } from './harness/surroundings.ts'
import { type Count, runAsCommand, runVitest } from './harness/vitest-run.ts'

/** Suites that start what they need themselves. */
const SUITES = ['schemas', 'cases', 'parity', 'cluster']
const FORMS = { image: startImage, 'single binary': startCompiled } as const

async function main(): Promise<Count> {
  requireRealParts()
  const counts: [string, Count][] = await contract()
  for (const suite of SUITES) counts.push([suite, await attempt(() => runVitest([suite]))])
  console.log('')
  for (const [what, { passed, failed }] of counts) console.log(`${what}: ${passed} passed, ${failed} failed`)
  const total = (of: keyof Count): number => counts.reduce((sum, [, count]) => sum + count[of], 0)
  return { passed: total('passed'), failed: total('failed') }
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

/** A suite that cannot run counts as one failure and does not stop later suites. */
async function attempt(work: () => Promise<Count>): Promise<Count> {
  try {
    return await work()
  } catch (error) {
    console.error(error)
    return { passed: 0, failed: 1 }
  }
}

noOptions('usage: npm run test:cluster\n\nRuns all suites that need real parts.')
await runAsCommand(main)
