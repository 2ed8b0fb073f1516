/**
 * `npm run test:knative`: the product on a real Knative.
 */
import { noOptions } from '../cluster/harness/command-line.ts'
import { requireRealParts } from '../cluster/harness/surroundings.ts'
import { runAsCommand, runVitest } from '../cluster/harness/vitest-run.ts'
import { figures, forget } from './figures.ts'

noOptions('usage: npm run test:knative\n\nTests the product on a real Knative.')
await runAsCommand(async () => {
  requireRealParts()
  forget()
  const count = await runVitest(['knative'])
  console.log(figures())
  return count
})
