/**
 * Creates a vault, waits until it is ready, finds it in a list, changes it, reads the errors of a refused change, and deletes it.
 */
import createClient from 'openapi-fetch'
import type { paths } from './generated/api.ts'

const [baseUrl = '', token = '', organization = '', name = ''] = process.argv.slice(2)

/** The media types to read: every answer has YAML, too. */
type Json = 'application/json' | 'application/problem+json'

const api = createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${token}` } })
const vault = { path: { organization, name } }
const merge = { headers: { 'Content-Type': 'application/merge-patch+json' } }

const created = await api.POST('/v1/organizations/{organization}/vaults', {
  params: { path: { organization }, header: { Prefer: 'wait=30' } },
  body: { metadata: { name }, spec: { mode: 'Managed' } },
})
// A dry run with `diff=true` would answer a JSON Patch.
if (created.data === undefined || Array.isArray(created.data)) throw new Error(JSON.stringify(created.error))
console.log('created', created.data.metadata.name, created.data.ready ? 'ready' : 'not ready')

const listed = await api.GET('/v1/organizations/{organization}/vaults', {
  params: { path: { organization }, query: { fieldSelector: `metadata.name=${name}` } },
})
if (listed.data === undefined) throw new Error(JSON.stringify(listed.error))
console.log('listed', ...listed.data.items.map(({ metadata }) => metadata.name))

const patched = await api.PATCH('/v1/organizations/{organization}/vaults/{name}', {
  ...merge,
  params: vault,
  body: { metadata: { labels: { team: 'logistics' } } },
})
if (patched.data === undefined || Array.isArray(patched.data)) throw new Error(JSON.stringify(patched.error))
console.log('patched', patched.data.metadata.labels?.team)

const refused = await api.PATCH('/v1/organizations/{organization}/vaults/{name}', {
  ...merge,
  params: vault,
  body: { spec: { managed: { replicas: 2 } } },
})
if (refused.error?.code !== 'validation_failed') throw new Error('a vault with two replicas was not refused')
console.log('refused', refused.error.code, ...(refused.error.errors ?? []).map(({ pointer }) => pointer))

const deleted = await api.DELETE('/v1/organizations/{organization}/vaults/{name}', {
  params: { ...vault, header: { Prefer: 'wait=30' } },
})
if (deleted.error !== undefined) throw new Error(JSON.stringify(deleted.error))
console.log('deleted')
