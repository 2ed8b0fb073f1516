/** The file that keeps the state of the embedded cluster, when it cannot be written. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startLocalCluster } from '../../../../infra/local/cluster/index.ts'
import { startLocal } from '../../../../infra/local/local.ts'
import { temporaryDirectory } from '../../fixtures/build.ts'

function silenced() {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => logged.mockRestore())
  return logged
}

it('is written after the next change if one write has failed', async () => {
  const logged = silenced()
  const directory = join(await temporaryDirectory(), 'late')
  const file = join(directory, 'state.json')
  const cluster = await startLocalCluster({ stateFile: file })
  const create = (name: string) =>
    cluster.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  create('first')
  await expect.poll(() => logged.mock.calls.length).toBe(1)
  await mkdir(directory)
  create('second')
  await expect.poll(() => existsSync(file)).toBe(true)
  await cluster.stop()
  const text = await readFile(file, 'utf8')
  for (const name of ['first', 'second']) expect(text).toContain(`"${name}"`)
})

it('does not keep the rest from being stopped', async () => {
  silenced()
  const directory = join(await temporaryDirectory(), 'gone')
  await mkdir(directory)
  let tokens = ''
  const local = await startLocal({
    state: join(directory, 'state.json'),
    speed: 0,
    runtime: async ({ tokenDirectory }) => {
      tokens = tokenDirectory
      return { url: 'http://127.0.0.1:1', stop: () => Promise.reject(new Error('the first')) }
    },
  })
  await rm(directory, { recursive: true })
  local.cluster?.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'last' } })
  await expect(local.stop()).rejects.toThrow('the first')
  expect(existsSync(tokens)).toBe(false)
  await expect(fetch(local.cluster?.url ?? '')).rejects.toThrow()
  await expect(fetch(local.issuer?.url ?? '')).rejects.toThrow()
})
