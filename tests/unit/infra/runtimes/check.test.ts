import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { check } from '../../../../infra/runtimes/bun/check.ts'
import {
  environment,
  FakeCluster,
  FakeContext,
  FakeIssuer,
  keycloakClaims,
  sign,
  signingKey,
} from '../../fixtures/auth.ts'

it('--check prints no control characters of a claim', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'check-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const key = await signingKey('k1')
  const file = join(directory, 'token')
  const username = 'ada\u001b[2J\nok     rights: \u202eall'
  writeFileSync(file, await sign(key, keycloakClaims({ preferred_username: username })))
  const lines: string[] = []
  const env = environment(new FakeIssuer([key]), new FakeCluster())
  await check(env, new FakeContext(), (line) => lines.push(line), file)
  expect(lines.at(-1)).toContain('username ada?[2J?ok     rights: ?all,')
})
