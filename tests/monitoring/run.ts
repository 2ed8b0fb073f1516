/**
 * `npm run test:monitoring`: what Prometheus makes of alerts and dashboard, and a collector of traces.
 */
import { noOptions } from '../cluster/harness/command-line.ts'
import { runAsCommand, runVitest } from '../cluster/harness/vitest-run.ts'

noOptions('usage: npm run test:monitoring\n\nTests alerts and dashboard with Prometheus, and traces with a collector.')
await runAsCommand(() => runVitest(['monitoring']))
