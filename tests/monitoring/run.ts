/**
 * `npm run test:monitoring`: what Prometheus makes of alerts and dashboard, and a collector of traces.
 */
import { runAsCommand, runVitest } from '../cluster/harness/vitest-run.ts'

await runAsCommand(() => runVitest(['monitoring']))
