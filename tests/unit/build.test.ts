import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { type Edition, SELF_HOSTED } from '../../infra/bundle/edition.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { temporaryDirectory } from './fixtures/build.ts'

it('the build for tests ends when the run that started it does', async () => {
  const edition: Edition = { ...SELF_HOSTED, out: await temporaryDirectory() }
  const args = [join(PROJECT, 'tests', 'build.ts'), JSON.stringify(edition)]
  const building = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  building.stdin.end()
  const [printed, exit] = await Promise.all([text(building.stderr), once(building, 'exit')])
  expect({ printed, exit }).toEqual({ printed: '', exit: [1, null] })
})
