/** Commands without options, which must not begin hours of work for whoever asks what they do. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'

const COMMANDS = {
  cluster: 'cluster/main.ts',
  'test:cluster': 'cluster/run.ts',
  'test:clients': 'clients/run.ts',
  'test:helm': 'helm/run.ts',
  'test:knative': 'knative/run.ts',
  'test:monitoring': 'monitoring/run.ts',
}
const MAX_MS = 60_000

function run(file: string, arg: string): Promise<{ code: unknown; output: string; errors: string }> {
  return new Promise((resolve) => {
    const options = { timeout: MAX_MS / 2 }
    execFile(process.execPath, [join(PROJECT, 'tests', file), arg], options, (error, output, errors) =>
      resolve({ code: error === null ? 0 : error.code, output, errors }),
    )
  })
}

it.each(Object.entries(COMMANDS))(
  'npm run %s explains itself',
  async (name, file) => {
    const { code, output } = await run(file, '--help')
    expect([code, output]).toEqual([0, expect.stringMatching(`^usage: npm run ${name}\n`)])
  },
  MAX_MS,
)

it(
  'refuse whatever else is asked',
  async () => {
    const { code, errors } = await run(COMMANDS.cluster, '--speed=2')
    expect([code, errors]).toEqual([2, expect.stringContaining('takes no arguments: --speed=2')])
  },
  MAX_MS,
)
