import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverUrl, tokenOf, uniqueName } from './client.ts'

/** A customer's project with a public generator. */
const ROOT = join(import.meta.dirname, '..', '..')
const PROJECT = join(ROOT, 'infra', 'examples', 'clients', 'typescript')
const GENERATED = join(PROJECT, 'generated')

/** Runs a script and returns its output; an error includes it. */
async function run(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { cwd: PROJECT })
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (status !== 0) throw new Error(`${script} ${args.join(' ')}\n${out}${err}`)
  return out
}

describe('a client that a public generator makes from the document', () => {
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

  it('creates an object, waits until it is ready, lists it, changes it, is refused, and deletes it', async () => {
    const name = uniqueName('typed')
    const output = await run(join(PROJECT, 'program.ts'), [serverUrl(), await tokenOf('acme-owner'), 'acme', name])
    expect(output.trim().split('\n')).toEqual([
      `created ${name} ready`,
      `listed ${name}`,
      'patched logistics',
      'refused validation_failed /spec/managed/replicas',
      'deleted',
    ])
  }, 60_000)
})
