import { expect, it } from 'vitest'
import { readManifests } from '../../../shared/bulk/manifests.ts'
import { toYaml } from '../../../shared/http/yaml.ts'
import type { Slices } from '../../../shared/runtime/environment.ts'
import { sample } from '../fixtures/world.ts'

const NAMES = Array.from({ length: 100 }, (_, index) => `c-${index}`)

/** Manifests with a certificate or the like, in which a line looks almost like a separator. */
const BLOB = `-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(16)}\n`.repeat(20)

it('a hundred manifests in YAML are read with breaks, and are the same as without', async () => {
  const documents = await Promise.all(
    NAMES.map((name) => toYaml({ ...sample('connectors', name), data: { blob: BLOB } })),
  )
  const body = documents.join('---\n')
  let breaks = 0
  const next = async (): Promise<void> => {
    breaks += 1
  }
  const read = (slices?: Slices) =>
    readManifests(
      new Request('https://api.example', { method: 'POST', headers: { 'Content-Type': 'application/yaml' }, body }),
      slices,
    )
  const manifests = await read({ begin: next, next })
  expect(manifests.map(({ name }) => name)).toEqual(NAMES)
  expect(manifests[0]?.body.data).toEqual({ blob: BLOB })
  expect(manifests).toEqual(await read())
  expect(breaks).toBeGreaterThan(8)
})
