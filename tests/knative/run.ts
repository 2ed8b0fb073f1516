/**
 * `npm run test:knative`: the product on a real Knative.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { MissingRequirement } from '../cluster/requirement.ts'
import { requireRealParts } from '../cluster/surroundings.ts'
import { runVitest } from '../cluster/vitest-run.ts'
import { FIGURES } from './figures.ts'

try {
  requireRealParts()
  mkdirSync(dirname(FIGURES), { recursive: true })
  writeFileSync(FIGURES, '')
  const { passed, failed } = await runVitest(['knative'])
  console.log(readFileSync(FIGURES, 'utf8'))
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
} catch (error) {
  console.error(error instanceof MissingRequirement ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
