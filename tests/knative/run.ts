/**
 * `npm run test:knative`: the product on a real Knative.
 * @module
 */
import { MissingRequirement } from '../cluster/requirement.ts'
import { requireRealParts } from '../cluster/surroundings.ts'
import { runVitest } from '../cluster/vitest-run.ts'

try {
  requireRealParts()
  const { passed, failed } = await runVitest(['knative'])
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
} catch (error) {
  console.error(error instanceof MissingRequirement ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
