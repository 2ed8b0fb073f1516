/**
 * The requests by which infra/examples/terraform manages objects: plan, apply, drift, import and destroy. After an apply a plan is
 * empty, whatever defaults the cluster fills in.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { as, type Caller, type Json, uniqueName } from './client.ts'
import { samples } from './samples.ts'

const owner = as('acme-owner')
const admin = as('platform-admin')
/** Kinds whose objects only the platform may create. */
const OF_PLATFORM = ['dspdataplanes', 'digitaltwinregistries']

/** A resource of a configuration. */
class Resource {
  readonly #call: Caller
  readonly #path: string

  constructor(call: Caller, path: string) {
    this.#call = call
    this.#path = path
  }

  /** What an apply would change, as JSON Patch. */
  async plan(manifest: Json): Promise<Json[]> {
    return this.#expect(200, await this.#apply(manifest, '?dryRun=All&diff=true'))
  }

  async apply(manifest: Json, query = ''): Promise<Json> {
    const answer = await this.#apply(manifest, query)
    expect([200, 201, 202], JSON.stringify(answer.body)).toContain(answer.status)
    return answer.body
  }

  /** The object as it is, to begin a configuration with. */
  async import(): Promise<Json> {
    return this.#expect(200, await this.#call('GET', this.#path))
  }

  async destroy(): Promise<void> {
    const { status } = await this.#call('DELETE', this.#path, { headers: { Prefer: 'wait=20' } })
    expect([202, 204]).toContain(status)
  }

  refused(manifest: Json): ReturnType<Caller> {
    return this.#apply(manifest, '')
  }

  #apply(body: Json, query: string): ReturnType<Caller> {
    const headers = { 'X-Field-Manager': 'terraform' }
    return this.#call('PATCH', this.#path + query, { body, type: 'application/apply-patch+json', headers })
  }

  #expect(status: number, answer: Awaited<ReturnType<Caller>>): Json {
    expect(answer.status, JSON.stringify(answer.body)).toBe(status)
    return answer.body
  }
}

function resource(plural: string, name: string): Resource {
  return new Resource(OF_PLATFORM.includes(plural) ? admin : owner, `/v1/organizations/acme/${plural}/${name}`)
}

describe.each((await samples()).filter(({ scope }) => scope === 'organization'))(
  'a resource of kind $kind',
  (sample) => {
    it('is planned, applied and imported without a change that was not asked for', async () => {
      const { apiVersion, kind, plural, spec } = sample
      const name = uniqueName('tf')
      const one = resource(plural, name)
      const manifest = { apiVersion, kind, metadata: { name }, spec }
      expect(await one.plan(manifest)).not.toEqual([])
      await one.apply(manifest)
      expect(await one.plan(manifest)).toEqual([])
      // What the server owns may stand in a manifest, and is ignored.
      expect(await one.plan(await one.import())).toEqual([])
      await one.destroy()
    })
  },
)

describe('the example', () => {
  const example = async (file: string): Promise<Json> =>
    load(await readFile(join(import.meta.dirname, '..', '..', 'infra', 'examples', 'terraform', file), 'utf8'))

  it('is applied in the order of its references, planned without a change, and destroyed in reverse', async () => {
    const [vault, connector] = [await example('vault.yaml'), await example('connector.yaml')]
    // A name for this run, so that runs may overlap.
    const name = uniqueName('tf')
    vault.metadata.name = connector.metadata.name = connector.spec.vaultRef.name = name
    await resource('vaults', name).apply(vault)
    await resource('connectors', name).apply(connector)
    expect(await resource('vaults', name).plan(vault)).toEqual([])
    expect(await resource('connectors', name).plan(connector)).toEqual([])
    await resource('connectors', name).destroy()
    await resource('vaults', name).destroy()
  })
})

describe('a vault of a configuration', () => {
  const manifest = (name: string, spec: Json = {}, labels?: Json): Json => ({
    apiVersion: 'edc.kaphera.com/v1alpha1',
    kind: 'Vault',
    metadata: { name, ...(labels && { labels }) },
    spec: { mode: 'Managed', deletionPolicy: 'Delete', ...spec },
  })

  it('shows drift as a plan, and takes changes of others back only by force', async () => {
    const name = uniqueName('tf')
    const vault = resource('vaults', name)
    await vault.apply(manifest(name, { deletionPolicy: 'Delete' }))
    const patch = { spec: { deletionPolicy: 'Retain' }, metadata: { labels: { by: 'hand' } } }
    const changed = await owner('PATCH', `/v1/organizations/acme/vaults/${name}`, {
      body: patch,
      type: 'application/merge-patch+json',
    })
    expect(changed.status).toBe(200)
    const conflict = await vault.refused(manifest(name))
    expect([conflict.status, conflict.body.code]).toEqual([409, 'field_conflict'])
    const planned = await owner('PATCH', `/v1/organizations/acme/vaults/${name}?dryRun=All&diff=true&force=true`, {
      body: manifest(name),
      type: 'application/apply-patch+json',
      headers: { 'X-Field-Manager': 'terraform' },
    })
    expect(planned.body).toEqual([{ op: 'replace', path: '/spec/deletionPolicy', value: 'Delete' }])
    const applied = await vault.apply(manifest(name), '?force=true')
    expect(applied.spec.deletionPolicy).toBe('Delete')
    // What the configuration does not mention stays.
    expect(applied.metadata.labels.by).toBe('hand')
    expect(await vault.plan(manifest(name))).toEqual([])
    await vault.destroy()
  })

  it('loses what is removed from the configuration', async () => {
    const name = uniqueName('tf')
    const vault = resource('vaults', name)
    await vault.apply(manifest(name, {}, { team: 'logistics', tier: 'gold' }))
    const without = manifest(name, {}, { tier: 'gold' })
    expect(await vault.plan(without)).toEqual([{ op: 'remove', path: '/metadata/labels/team' }])
    expect((await vault.apply(without)).metadata.labels).not.toHaveProperty('team')
    await vault.destroy()
    expect(await vault.plan(without)).not.toEqual([])
  })
})
