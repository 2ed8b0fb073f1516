import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverUrl, tokenOf, uniqueName } from './client.ts'

/** A project of a customer's, with a public generator. */
const PROJECT = join(import.meta.dirname, '..', 'client')
const GENERATED = join(PROJECT, 'generated')
const ROOT = join(import.meta.dirname, '..', '..')

/** Runs a script of a package; what it prints is in the error if it fails. */
async function run(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { cwd: PROJECT })
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (status !== 0) throw new Error(`${script} ${args.join(' ')}\n${out}${err}`)
}

describe('a client that a public generator makes of the document', () => {
  beforeAll(async () => {
    await mkdir(GENERATED, { recursive: true })
    const document = await fetch(`${serverUrl()}/openapi.json`)
    await writeFile(join(GENERATED, 'openapi.json'), await document.text())
    await run(join(PROJECT, 'node_modules', 'openapi-typescript', 'bin', 'cli.js'), [
      'generated/openapi.json',
      '--output=generated/api.ts',
      '--default-non-nullable=false',
    ])
  }, 60_000)
  afterAll(() => rm(GENERATED, { recursive: true, force: true }))

  it('type-checks', async () => {
    await run(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), ['--project', 'tsconfig.json'])
    expect(await readdir(GENERATED)).toContain('api.ts')
  }, 60_000)

  it('creates an object, waits until it is ready, changes it, and deletes it', async () => {
    const { createWaitDelete } = await import(join(PROJECT, 'create-wait-delete.ts'))
    const name = uniqueName('typed')
    expect(await createWaitDelete(serverUrl(), await tokenOf('acme-owner'), 'acme', name)).toEqual([
      `created ${name}`,
      'ready',
      'patched logistics',
      'deleted',
    ])
  })

  it('sees the problem of a request that is not valid', async () => {
    const { createInvalid } = await import(join(PROJECT, 'create-wait-delete.ts'))
    const problem = await createInvalid(serverUrl(), await tokenOf('acme-owner'), 'acme')
    expect(problem).toMatchObject({ code: 'validation_failed', pointers: ['/metadata/name'] })
  })
})
