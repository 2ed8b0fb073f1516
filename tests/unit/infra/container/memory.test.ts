/** How much memory the image and the systemd unit tell the runtime to count on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'

const read = (...path: string[]): string => readFileSync(join(PROJECT, 'infra', ...path), 'utf8')

it('is the same, and nine sixteenths of the default limit of a pod', () => {
  const { resources } = load(read('helm', 'chart', 'values.yaml')) as { resources: { limits: { memory: string } } }
  const bytes = Number.parseInt(resources.limits.memory, 10) * 1024 * 1024 * (9 / 16)
  expect(resources.limits.memory).toMatch(/^\d+Mi$/)
  expect(read('container', 'Containerfile')).toMatch(new RegExp(`^ENV BUN_JSC_forceRAMSize=${bytes}$`, 'm'))
  expect(read('container', 'kaphera-cloud-server.service')).toMatch(
    new RegExp(`^Environment=BUN_JSC_forceRAMSize=${bytes}$`, 'm'),
  )
})
