/**
 * `npm run test:helm`: the Helm chart, rendered by Helm itself.
 */
import { runAsCommand, runVitest } from '../cluster/harness/vitest-run.ts'

await runAsCommand(() => runVitest(['helm']))
