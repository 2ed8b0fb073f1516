import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { temporaryDirectory } from './fixtures/build.ts'

it('the build for tests ends when the run that started it does', async () => {
  const args = [join(PROJECT, 'tests', 'build.ts'), await temporaryDirectory()]
  const building = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] })
  building.stdin?.end()
  expect(await once(building, 'exit')).toEqual([1, null])
})
