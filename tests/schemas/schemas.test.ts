/**
 * The generated schemas and a real API server find the same errors in random objects.
 * `vitest run --project schemas`
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readCrds } from '../../infra/bundle/generate/crd.ts'
import { generateSchemas } from '../../infra/bundle/generate/generate.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { Kind } from '../../shared/kind/kind.ts'
import { compare, install } from './proof.ts'

const OBJECTS = Number(process.env.PARITY_OBJECTS ?? 600)
const SEED = Number(process.env.PARITY_SEED ?? 1)

const own = await readCrds(join(PROJECT, 'infra', 'crds'))
const extra = await readCrds(import.meta.dirname)
const temporary = await mkdtemp(join(tmpdir(), 'kaphera-'))
afterAll(() => rm(temporary, { recursive: true, force: true }))
// Generated files import their neighbors by relative paths.
await symlink(join(PROJECT, 'shared', 'kind'), join(temporary, 'kind'))
await generateSchemas({ crds: import.meta.dirname, out: join(temporary, 'schemas') })

const kinds = [
  ...own.map((source) => [source.crd.spec.names.kind, source, join(PROJECT, 'shared', 'schemas')] as const),
  ...extra.map((source) => [source.crd.spec.names.kind, source, join(temporary, 'schemas')] as const),
]

describe.each(kinds)('%s', (kind, source, directory) => {
  it(`gets the same verdict from its schema and the API server (${OBJECTS} objects, seed ${SEED})`, async () => {
    const module = await import(join(directory, `${source.crd.spec.names.plural}.ts`))
    const verdicts = await compare(source, module[kind] as Kind, await install(source), {
      objects: OBJECTS,
      seed: SEED,
    })
    const { objects, accepted, disagreements, excepted } = verdicts
    console.log(
      `${kind}: ${objects} objects, ${accepted} accepted, ${disagreements.length} disagreements, ${excepted} excepted`,
    )
    for (const disagreement of disagreements.slice(0, 5)) console.log(JSON.stringify(disagreement))
    expect(disagreements).toHaveLength(0)
    // Each judge must have seen valid and invalid objects.
    expect(accepted).toBeGreaterThan(objects / 50)
    expect(accepted).toBeLessThan(objects - objects / 50)
  }, 120_000)
})
