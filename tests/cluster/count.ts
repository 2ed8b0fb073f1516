/**
 * `node tests/cluster/count.ts REPORT CODE`: what vitest's JSON report says, as one line `N passed, N failed`.
 * REPORT may be missing; CODE is the exit code of vitest.
 * @module
 */
import { countReport } from './vitest-run.ts'

const [report = '', code = '1'] = process.argv.slice(2)
const { passed, failed } = countReport(report, code === '0')
console.log(`${passed} passed, ${failed} failed`)
