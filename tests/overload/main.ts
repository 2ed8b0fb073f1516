/**
 * `npm run test:overload`: see tests/README.md.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'
import { commandLine, wordOf } from '../cluster/harness/command-line.ts'
import { progress, secondsSince } from '../cluster/harness/progress.ts'
import { SERVER_BINARY } from '../runtime.ts'
import { ATTACKS } from './attacks.ts'
import { describe, isHeld, table } from './report.ts'
import { READS } from './roles.ts'
import { type Row, startTarget } from './run.ts'

const USAGE = `usage: npm run test:overload -- [options]

Attacks the single binary in dist/ (npm run compile), or at SERVER_BINARY, and measures what that does to other callers.
  --brief       takes a minute
  --only TEXT   runs the attacks whose name contains the text
  --reads WHAT  what the other caller reads: objects (default), or lists of 500`

const options = commandLine(USAGE, {
  brief: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  reads: { type: 'string', default: 'objects' },
})

const reads = wordOf('reads', options.reads, READS)

/** Milliseconds of each measurement. */
const MS = options.brief ? 1_000 : 5_000

async function main(): Promise<number> {
  const started = performance.now()
  const command = SERVER_BINARY ?? join(PROJECT, 'dist', 'kaphera-cloud-server')
  if (!existsSync(command)) throw new Error(`${command} is missing: npm run compile`)
  const target = await startTarget(command, { ms: MS, isBrief: options.brief, reads })
  const rows: Row[] = []
  let broken = ''
  for (const name of Object.keys(ATTACKS).filter((name) => name.includes(options.only))) {
    try {
      const row = await target.run(name)
      progress(describe(row))
      rows.push(row)
    } catch (error) {
      broken = `${name}: ${error}`
      break
    }
  }
  const code = await target.stop()
  console.log(table(rows))
  if (broken !== '') console.log(broken)
  const failed = rows.filter(({ failures }) => failures.length > 0)
  for (const { name, failures } of failed) for (const line of failures) console.log(`${name}: ${line}`)
  if (code !== 0) console.log(`the server ended with ${code}`)
  const held = rows.filter(isHeld).length
  console.log(`the goals of p99 and memory: held in ${held} of ${rows.length} attacks; ${secondsSince(started)}`)
  const bad = failed.length + Number(code !== 0 || broken !== '')
  console.log(`${rows.length - failed.length} passed, ${bad} failed`)
  return bad === 0 && rows.length > 0 ? 0 : 1
}

process.exit(await main())
