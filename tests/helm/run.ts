/**
 * `npm run test:helm`: the Helm chart, rendered by Helm itself.
 */
import { noOptions } from '../cluster/harness/command-line.ts'
import { runAsCommand, runVitest } from '../cluster/harness/vitest-run.ts'

noOptions('usage: npm run test:helm\n\nTests the Helm chart, rendered by Helm itself.')
await runAsCommand(() => runVitest(['helm']))
