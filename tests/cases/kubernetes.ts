/**
 * The judge for an API server or its stand-in.
 */
import { translateStatus } from '../../shared/kube/status.ts'
import type { Judge } from './judge.ts'
import type { KindCases, Manifest } from './load.ts'

/** Sends one request with a JSON body. */
export type Send = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => Promise<Response>

/**
 * Returns a judge for an API server with the CRDs. Only cases with an existing object store anything.
 * @param send - Sends requests with all rights; the path starts with `/apis`
 * @param namespace - An existing namespace for the caller's objects
 */
export function kubernetesJudge(send: Send, namespace: string): Judge {
  return async (kind, { object, from }) => {
    const path = `/apis/${kind.apiVersion}/namespaces/${namespace}/${kind.plural}`
    const response =
      from === undefined
        ? await send('POST', `${path}?dryRun=All&fieldValidation=Strict`, object)
        : await replace(send, path, from, object)
    const text = await response.text()
    if (response.ok) return { status: response.status, pointers: [], body: JSON.parse(text) }
    // Unknown fields cause 400 there; the verdict is about the object.
    const problem = translateStatus(response.status, response.headers, text, kind.plural)
    return {
      status: problem.status,
      pointers: (problem.errors ?? []).map(({ pointer }) => pointer),
      body: text,
    }
  }
}

async function replace(send: Send, path: string, from: Manifest, object: Manifest): Promise<Response> {
  const created = await send('POST', `${path}?fieldValidation=Strict`, from)
  if (!created.ok) throw new Error(`the existing object of the case is refused: ${await created.text()}`)
  const { metadata } = (await created.json()) as KindCases['base']
  try {
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } }
    return await send('PUT', `${path}/${metadata.name}?fieldValidation=Strict`, next)
  } finally {
    await send('DELETE', `${path}/${metadata.name}`)
  }
}
