/** Command lines in tests/, which must not begin hours of work for whoever asks what they do. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'

const COMMANDS = {
  cluster: 'cluster/main.ts',
  'test:breakages': 'breakages/main.ts',
  'test:clients': 'clients/run.ts',
  'test:cluster': 'cluster/run.ts',
  'test:faults': 'faults/main.ts',
  'test:fleet': 'fleet/main.ts',
  'test:fuzz': 'fuzz/run.ts',
  'test:helm': 'helm/run.ts',
  'test:history': 'history/main.ts',
  'test:knative': 'knative/run.ts',
  'test:monitoring': 'monitoring/run.ts',
  'test:mutation': 'mutation/main.ts',
  'test:overload': 'overload/main.ts',
}
const MAX_MS = 60_000

function run(file: string, ...args: readonly string[]): Promise<{ code: unknown; output: string; errors: string }> {
  return new Promise((resolve) => {
    const options = { timeout: MAX_MS / 2 }
    execFile(process.execPath, [join(PROJECT, 'tests', file), ...args], options, (error, output, errors) =>
      resolve({ code: error === null ? 0 : error.code, output, errors }),
    )
  })
}

it.each(Object.entries(COMMANDS))(
  'npm run %s explains itself',
  async (name, file) => {
    const { code, output } = await run(file, '--help')
    expect([code, output]).toEqual([0, expect.stringMatching(`^usage: npm run ${name}( -- \\[options\\])?\n`)])
  },
  MAX_MS,
)

it(
  'refuse whatever else is asked',
  async () => {
    for (const [file, args, message] of [
      [COMMANDS.cluster, ['--speed=2'], 'takes no arguments: --speed=2'],
      [COMMANDS['test:overload'], ['--speed=2'], "Unknown option '--speed'"],
      [COMMANDS['test:history'], ['--operations', 'many'], '--operations must be a number from 1, not many'],
      [COMMANDS['test:fleet'], ['--organizations', '3'], '--organizations must be a number from 30, not 3'],
    ] as const) {
      const { code, errors } = await run(file, ...args)
      expect([code, errors]).toEqual([2, expect.stringContaining(message)])
    }
  },
  MAX_MS,
)
