import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { check } from '../../../../infra/runtimes/bun/check.ts'
import type { Fetcher } from '../../../../shared/runtime/environment.ts'
import {
  environment,
  FakeCluster,
  FakeContext,
  FakeIssuer,
  ISSUER,
  keycloakClaims,
  sign,
  signingKey,
} from '../../fixtures/auth.ts'

const CLUSTER = 'https://kubernetes.default.svc/'

it('--check names what cannot be reached once, and why', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'check-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'token')
  const key = await signingKey('k1')
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const away: Fetcher = {
    fetch: async () => {
      throw new TypeError('connection refused')
    },
  }
  const noCluster = environment(new FakeIssuer([key]), away)
  writeFileSync(file, await sign(key, keycloakClaims({ sub: 'ada', preferred_username: 'ada', azp: 'cli' })))
  expect(await check(noCluster, new FakeContext(), print, { cluster: CLUSTER, token: file })).toBe(false)
  expect(lines.splice(0)).toEqual([
    'ok     settings: All settings are valid.',
    `error  cluster ${CLUSTER}: The cluster cannot be reached. (connection refused)`,
    'error  kinds: Not checked: no cluster.',
    'error  rights: Not checked: no cluster.',
    `ok     issuer ${ISSUER}: Its keys were read.`,
    'error  token: Its roles were not checked: no cluster. The token itself is accepted: subject ada, username ada, client cli.',
  ])

  await check(environment(away, new FakeCluster()), new FakeContext(), print, { cluster: CLUSTER })
  expect(lines.splice(0).at(-1)).toBe(
    `error  issuer ${ISSUER}: Its keys cannot be read, starting from ${ISSUER}/.well-known/openid-configuration: connection refused`,
  )
  writeFileSync(file, await sign(key, keycloakClaims({ aud: 'another' })))
  const accepting = environment(new FakeIssuer([key]), new FakeCluster())
  await check(accepting, new FakeContext(), print, { cluster: CLUSTER, token: file })
  expect(lines.at(-1)).toBe(
    'error  token: The aud claim of the access token does not include this server. (unexpected "aud" claim value)',
  )
})

it('--check fails if a variable is a misspelled setting', async () => {
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const env = environment(new FakeIssuer([await signingKey('k1')]), new FakeCluster())
  const misspelled = ['OIDC_SCOPE is not a setting.', 'A\n is not a setting.']
  expect(await check(env, new FakeContext(), print, { cluster: CLUSTER, misspelled })).toBe(false)
  const settings = lines.filter((line) => line.includes(' settings: '))
  expect(settings).toEqual(['error  settings: OIDC_SCOPE is not a setting.', 'error  settings: A? is not a setting.'])
})

it('--check prints no control characters of a claim', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'check-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const key = await signingKey('k1')
  const file = join(directory, 'token')
  const username = 'ada\u001b[2J\nok     rights: \u202eall'
  writeFileSync(file, await sign(key, keycloakClaims({ preferred_username: username })))
  const lines: string[] = []
  const env = environment(new FakeIssuer([key]), new FakeCluster())
  await check(env, new FakeContext(), (line) => lines.push(line), { cluster: CLUSTER, token: file })
  expect(lines.at(-1)).toContain('username ada?[2J?ok     rights: ?all,')
})
