import { describe, expect, it } from 'vitest'
import { mayShip, requireLicenses } from '../../../../infra/container/licenses.ts'
import { readLock } from '../../../../infra/container/lock.ts'
import { provenance } from '../../../../infra/container/provenance.ts'
import { sbom } from '../../../../infra/container/sbom.ts'

const LIBC = { name: 'libc6', version: '2.41-12', architecture: 'amd64', sha256: 'aa'.repeat(32) }
const lock = await readLock()
const locked = (name: string) => lock.get(name) ?? expect.fail(`package-lock.json has no ${name}`)
const hono = locked('hono')
const bun = locked('@oven/bun-linux-x64')

describe('the provenance of an image', () => {
  it('names the image, the sources and every component of the bill of materials with its digest', async () => {
    const statement = provenance({
      name: 'registry.example.com/server',
      digest: `sha256:${'0f'.repeat(32)}`,
      architecture: 'amd64',
      base: undefined,
      debian: [LIBC],
      npm: [bun, hono],
      source: 'https://git.example.com/server',
      commit: 'c0'.repeat(20),
      builder: 'https://ci.example.com',
    })
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'registry.example.com/server', digest: { sha256: '0f'.repeat(32) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: { externalParameters: { architecture: 'amd64' } },
        runDetails: { builder: { id: 'https://ci.example.com' } },
      },
    })
    const { buildDefinition } = statement.predicate as { buildDefinition: { resolvedDependencies: unknown[] } }
    expect(buildDefinition.resolvedDependencies[0]).toEqual({
      uri: 'git+https://git.example.com/server',
      digest: { gitCommit: 'c0'.repeat(20) },
    })
    const uris = buildDefinition.resolvedDependencies.slice(1).map((one) => (one as { uri: string }).uri)
    const bill = await sbom([LIBC], bun, [hono])
    expect(uris).toEqual(bill.components.map((component) => (component as { purl: string }).purl))
    const sha512 = Buffer.from((hono.integrity ?? '').replace('sha512-', ''), 'base64').toString('hex')
    expect(buildDefinition.resolvedDependencies).toContainEqual({
      uri: `pkg:npm/hono@${hono.version}`,
      digest: { sha512 },
    })
  })
})

describe('licenses', () => {
  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND BSD-3-Clause', true],
    ['MIT AND GPL-3.0-only', false],
    ['AGPL-3.0-only', false],
    ['SSPL-1.0', false],
    [undefined, false],
  ])('%s may ship: %s', (license, expected) => {
    expect(mayShip({ name: 'x', version: '1.0.0', ...(license && { license }) })).toBe(expected)
  })

  it('allow the dependencies and the runtime to ship, and name a package that may not', () => {
    const dependencies = ['@kubernetes/client-node', 'fast-json-patch', 'hono', 'jose', 'js-yaml', 'valibot']
    expect(() => requireLicenses([bun, ...dependencies.map(locked)])).not.toThrow()
    const copyleft = { name: 'copyleft', version: '1.0.0', license: 'AGPL-3.0-only' }
    expect(() => requireLicenses([hono, copyleft])).toThrow(/copyleft \(AGPL-3.0-only\)/)
  })
})
