/**
 * `node tests/cluster/count.ts REPORT CODE` prints vitest's JSON report as one line `N passed, N failed`. A few files that failed
 * are run once more first.
 * REPORT may be missing; CODE is the exit code of vitest.
 */
import { countWithRerun } from './harness/vitest-run.ts'

const [report = '', code = '1'] = process.argv.slice(2)
const { passed, failed } = await countWithRerun(report, code === '0')
console.log(`${passed} passed, ${failed} failed`)
