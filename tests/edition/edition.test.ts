import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadAll } from 'js-yaml'
import { describe, expect, inject, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { ask } from '../background.ts'
import { as, type Json, send, uniqueName } from '../contract/client.ts'
import type { ServedEdition } from './setup.ts'

const { directory, rendered } = await ask<ServedEdition>(inject('server'))
const AUDIT = '/v1/organizations/acme/audit'
const EXPORTS = '/v1/organizations/acme/auditexports'
const run = promisify(execFile)

describe('the edition', () => {
  it('is named in /capabilities, with its features and its kind', async () => {
    const { body } = await send('GET', '/capabilities')
    expect(body.server.edition).toBe('audited')
    expect(body.features).toMatchObject({ auditSearch: true, auditExport: true, bulkApply: true, billing: false })
    expect(body.resources).toContainEqual(
      expect.objectContaining({ path: '/v1/organizations/{organization}/auditexports', served: true }),
    )
    const { body: schema } = await send('GET', '/capabilities/schema')
    expect(schema.properties.server.properties.edition.enum).toContain('audited')
  })

  it('documents its paths', async () => {
    const { body } = await send('GET', '/openapi.json')
    expect(body.paths['/v1/organizations/{organization}/audit'].get).toMatchObject({ operationId: 'getAudit' })
    expect(body.paths['/v1/organizations/{organization}/auditexports'].post).toMatchObject({ tags: ['auditexports'] })
    expect(body.tags).toContainEqual({ name: 'audit', description: 'Who did what in an organization, and when.' })
    expect(body.components.schemas).toHaveProperty('AuditExportSpec')
  })

  it('has permissions for its kind', async () => {
    const permissions = async (name: string) =>
      (await as(name)('GET', '/v1/organizations/acme/permissions')).body.permissions.auditexports
    expect(await permissions('acme-viewer')).toEqual(expect.arrayContaining(['list', 'delivery']))
    expect(await permissions('acme-viewer')).not.toContain('create')
    expect(await permissions('acme-operator')).toEqual(expect.arrayContaining(['create', 'suspend']))
  })

  it('has the rights of its functions in its Roles, and nothing more', () => {
    const objects = loadAll(rendered) as Json[]
    const rules = (name: string): Json[] =>
      objects.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === `kaphera-cloud-server-${name}`)
        .rules
    const all = { apiGroups: ['audit.example.com'], resources: ['auditexports'] }
    expect(rules('auditexports')).toContainEqual(expect.objectContaining(all))
    expect(rules('auditexports')).toContainEqual(expect.objectContaining({ resources: ['connectors'], verbs: ['get'] }))
    expect(rules('audit').flatMap(({ resources }) => resources)).toEqual(
      expect.arrayContaining(['events', 'organizations', 'organizationmembers', 'namespaces']),
    )
    expect(rules('audit').flatMap(({ verbs }) => verbs)).not.toContain('create')
    const services = objects.filter(({ apiVersion }) => apiVersion === 'serving.knative.dev/v1')
    expect(services.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['audit', 'auditexports']))
  })

  it('is typed, and its schemas are fresh, by its own command', { timeout: 120_000 }, async () => {
    const own = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    const server = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'))
    expect(own.devDependencies.typescript).toBe(server.devDependencies.typescript)
    // What `npm install` makes of its dependencies.
    const modules = join(directory, 'node_modules')
    await mkdir(join(modules, '.bin'), { recursive: true })
    await symlink(PROJECT, join(modules, 'kaphera-cloud-server'))
    for (const name of Object.keys(own.devDependencies))
      await symlink(join(PROJECT, 'node_modules', name), join(modules, name))
    await symlink('../typescript/bin/tsc', join(modules, '.bin', 'tsc'))
    await run('npm', ['run', 'check'], { cwd: directory })
  })
})

describe('its function without a kind', () => {
  it('answers those who may read logs', async () => {
    for (const name of ['acme-operator', 'acme-owner', 'platform-admin']) {
      const { status, body } = await as(name)('GET', `${AUDIT}?limit=5`)
      expect(status, JSON.stringify(body)).toBe(200)
      expect(body.items.length).toBeLessThanOrEqual(5)
    }
  })

  it('refuses all others', async () => {
    expect((await send('GET', AUDIT)).status).toBe(401)
    expect((await as('acme-viewer')('GET', AUDIT)).body).toMatchObject({ status: 403, code: 'forbidden' })
    // Another organization looks like one that does not exist.
    const foreign = await as('globex-admin')('GET', AUDIT)
    const absent = await as('globex-admin')('GET', '/v1/organizations/nowhere/audit')
    expect([foreign.body.code, absent.body.code]).toEqual(['not_found', 'not_found'])
  })
})

describe('its kind', () => {
  it('is known to the functions of this project', async () => {
    const owner = as('acme-owner')
    const name = uniqueName()
    const connector = `/v1/organizations/acme/connectors/${name}`
    const manifests = [
      ['edc.kaphera.com/v1alpha1', 'Connector', await specOf('edc-1')],
      ['audit.example.com/v1', 'AuditExport', { destination: 'https://siem.example', connectorRef: { name } }],
    ].map(([apiVersion, kind, spec]) => ({ apiVersion, kind, metadata: { name }, spec }))
    const applied = await owner('POST', '/v1/organizations/acme/apply', { body: manifests })
    expect(applied.status, JSON.stringify(applied.body)).toBe(200)
    expect((await owner('DELETE', connector)).body).toMatchObject({
      code: 'in_use',
      references: [{ kind: 'AuditExport', name }],
    })
    expect([202, 204]).toContain((await owner('DELETE', `${EXPORTS}/${name}`)).status)
    expect([202, 204]).toContain((await owner('DELETE', connector)).status)
  })
})

/** The spec of a connector of the seed. */
async function specOf(name: string): Promise<Json> {
  return (await as('acme-owner')('GET', `/v1/organizations/acme/connectors/${name}`)).body.spec
}
