/**
 * What a customer writes against the typed client: nothing here is known but the document.
 * @module
 */
import createClient from 'openapi-fetch'
import type { paths } from './generated/api.ts'

/** What this client asks for and understands. */
type Json = 'application/json' | 'application/problem+json'

/** Creates a vault, waits until it is ready, changes it, deletes it, and tells what happened. */
export async function createWaitDelete(
  baseUrl: string,
  token: string,
  organization: string,
  name: string,
): Promise<string[]> {
  const api = createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${token}` } })
  const events: string[] = []
  const created = await api.POST('/v1/organizations/{organization}/vaults', {
    params: { path: { organization } },
    body: { metadata: { name }, spec: { mode: 'Managed' } },
  })
  if (created.data === undefined || Array.isArray(created.data)) throw new Error(JSON.stringify(created.error))
  events.push(`created ${created.data.metadata.name}`)
  const path = { organization, name }
  const waited = await api.GET('/v1/organizations/{organization}/vaults/{name}', {
    params: { path, header: { Prefer: 'wait=20' } },
  })
  if (waited.data === undefined) throw new Error(JSON.stringify(waited.error))
  events.push(waited.data.ready ? 'ready' : `not ready: ${waited.data.status?.phase}`)
  const patched = await api.PATCH('/v1/organizations/{organization}/vaults/{name}', {
    params: { path },
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: { metadata: { labels: { team: 'logistics' } } },
  })
  if (patched.data === undefined || Array.isArray(patched.data)) throw new Error(JSON.stringify(patched.error))
  events.push(`patched ${patched.data.metadata.labels?.team}`)
  const removed = await api.DELETE('/v1/organizations/{organization}/vaults/{name}', {
    params: { path, header: { Prefer: 'wait=20' } },
  })
  if (removed.error !== undefined) throw new Error(JSON.stringify(removed.error))
  events.push('deleted')
  return events
}

/** Creates a vault without a name, and tells the problem. */
export async function createInvalid(
  baseUrl: string,
  token: string,
  organization: string,
): Promise<{ code: string | undefined; pointers: (string | undefined)[] | undefined }> {
  const api = createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${token}` } })
  const { error } = await api.POST('/v1/organizations/{organization}/vaults', {
    params: { path: { organization } },
    body: { metadata: {}, spec: { mode: 'Managed' } },
  })
  return { code: error?.code, pointers: error?.errors?.map(({ pointer }) => pointer) }
}
