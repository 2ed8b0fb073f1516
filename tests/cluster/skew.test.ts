/** A cluster whose CRDs differ from this release: newer ones, older ones, and missing ones. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { collectionPath } from '../../infra/local/operators/writes.ts'
import { seedObjects } from '../../infra/local/seed.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { callerOf } from './harness/caller.ts'
import { type OwnCluster, startOwnCluster, surroundingsOf } from './harness/own-cluster.ts'
import { removeScratch, scratchDirectory } from './harness/processes.ts'
import { startImage } from './harness/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents of CRDs and answers
type Json = any

const scratch = scratchDirectory('skew')
const crds = join(scratch, 'crds')
const CONNECTOR = load(readFileSync(join(PROJECT, 'infra', 'local', 'connector.yaml'), 'utf8')) as Json
const ORGANIZATION = '/v1/organizations/acme'

function edit(plural: string, change: (crd: Json) => void): void {
  const file = join(crds, `edc.kaphera.com_${plural}.yaml`)
  const crd = load(readFileSync(file, 'utf8'))
  change(crd)
  writeFileSync(file, dump(crd))
}

const specOf = (crd: Json): Json => crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties

let cluster: OwnCluster
let server: RunningServer
let owner: ReturnType<typeof callerOf>

beforeAll(async () => {
  cpSync(join(PROJECT, 'infra', 'crds'), crds, { recursive: true })
  // Newer: an unknown field, and another version, which is the stored one.
  edit('connectors', (crd) => {
    specOf(crd).region = { type: 'string', enum: ['eu', 'us'] }
    const [version] = crd.spec.versions
    version.storage = false
    crd.spec.versions.push({ ...structuredClone(version), name: 'v9', storage: true })
  })
  // Older: a field is missing, and only another version is served.
  edit('vaults', (crd) => {
    delete specOf(crd).cellRef
    delete crd.spec.versions[0].selectableFields
  })
  edit('identityhubs', (crd) => {
    crd.spec.versions[0].name = 'v1alpha0'
  })
  rmSync(join(crds, 'edc.kaphera.com_dataplanes.yaml'))
  cluster = await startOwnCluster(crds)
  await makeOrganizations()
  server = await startImage(await surroundingsOf(cluster, scratch))
  owner = callerOf(cluster, server.url, 'acme-owner')
}, 300_000)

afterAll(async () => {
  await server?.stop()
  await cluster?.stop()
  removeScratch(scratch)
})

/** Paths of the seed organizations and members. */
async function makeOrganizations(): Promise<void> {
  const { admin } = cluster.apiServer
  const plurals: Readonly<Record<string, string>> = {
    Namespace: 'namespaces',
    Organization: 'organizations',
    OrganizationMember: 'organizationmembers',
  }
  for (const { apiVersion, kind, metadata, spec, status } of await seedObjects()) {
    const plural = plurals[kind]
    if (plural === undefined) continue
    const path = collectionPath(apiVersion, plural, metadata.namespace)
    await admin.json('POST', path, { apiVersion, kind, metadata, spec })
    if (status === undefined) continue
    await admin.json('PATCH', `${path}/${metadata.name}/status`, { status }, 'application/merge-patch+json')
  }
}

const create = (plural: string, name: string, spec: Json) =>
  owner('POST', `${ORGANIZATION}/${plural}`, { body: { metadata: { name }, spec } })

describe('a field of a newer CRD', () => {
  const spec = { ...CONNECTOR.spec, region: 'eu' }

  it('is kept, even when other fields change', async () => {
    const created = await create('connectors', 'newer', spec)
    expect(created, JSON.stringify(created.body)).toMatchObject({ status: 201, body: { spec: { region: 'eu' } } })
    const patched = await owner('PATCH', `${ORGANIZATION}/connectors/newer`, {
      body: { spec: { version: '0.11.1' } },
      type: 'application/merge-patch+json',
    })
    expect(patched, JSON.stringify(patched.body)).toMatchObject({
      status: 200,
      body: { spec: { region: 'eu', version: '0.11.1' } },
    })
    const stored = '/apis/edc.kaphera.com/v9/namespaces/org-acme/connectors/newer'
    expect(await cluster.apiServer.admin.json<Json>('GET', stored)).toMatchObject({
      spec: { region: 'eu', version: '0.11.1' },
    })
  })

  it('is validated by the cluster', async () => {
    const { status, body } = await create('connectors', 'wrong', { ...spec, region: 'mars' })
    expect(status).toBe(422)
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer: '/spec/region' }))
  })
})

describe('a field that an older CRD does not have', () => {
  it('is refused by name, and nothing is stored', async () => {
    const { status, body } = await create('vaults', 'older', { mode: 'Managed', cellRef: { name: 'cell' } })
    expect(status, JSON.stringify(body)).toBe(422)
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/spec/cellRef' })])
    expect((await owner('GET', `${ORGANIZATION}/vaults/older`)).status).toBe(404)
  })

  it('is not needed', async () => {
    expect((await create('vaults', 'older', { mode: 'Managed' })).status).toBe(201)
  })
})

describe.each([
  ['that the cluster does not have', 'dataplanes'],
  ['that the cluster has in another version only', 'identityhubs'],
])('a kind %s', (_, plural) => {
  it('is listed as not served', async () => {
    const { body } = await owner('GET', '/capabilities')
    const served = Object.fromEntries(body.resources.map((one: Json) => [one.plural, one.served]))
    expect(served).toMatchObject({ [plural]: false, connectors: true })
  })

  it('is answered with 404 and the reason', async () => {
    for (const [method, path] of [
      ['GET', plural],
      ['GET', `${plural}/one`],
      ['DELETE', `${plural}/one`],
    ] as const) {
      const { status, body } = await owner(method, `${ORGANIZATION}/${path}`)
      expect([status, body.code], `${method} ${path}`).toEqual([404, 'kind_not_served'])
    }
  })

  it('does not block the deletion of other objects, which looks for referrers', async () => {
    await create('vaults', plural, { mode: 'Managed' })
    expect((await owner('DELETE', `${ORGANIZATION}/vaults/${plural}`)).status).toBeLessThan(300)
  })
})
