/** Successes that are not from an API server, such as a page of a proxy, never pass for an object or a list. */
import { describe, expect, it } from 'vitest'
import { createKubeClient, type KubeClient } from '../../../shared/kube/index.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }
const STATUS = { kind: 'Status', metadata: {}, status: 'Failure', reason: 'InternalError', code: 500 }

/** A client whose API server answers every request with 200 and a body. */
function clientOf(body: string): KubeClient {
  return createKubeClient({
    KUBE_TOKEN: { fetch: async () => new Response('token') },
    KUBE: { fetch: async () => new Response(`${body}\n`, { headers: { 'Content-Type': 'application/json' } }) },
  } as unknown as Environment)
}

const objects = (kube: KubeClient) => kube.objects(CONNECTORS, 'org-acme')

const REQUESTS: Readonly<Record<string, (kube: KubeClient) => Promise<unknown>>> = {
  get: (kube) => objects(kube).get('edc'),
  create: (kube) => objects(kube).create({}),
  patch: (kube) => objects(kube).patch('edc', 'merge', '{}'),
  delete: (kube) => objects(kube).delete('edc', {}),
  page: (kube) => objects(kube).page({ limit: 10 }),
  table: (kube) => objects(kube).table({ limit: 10 }, 'None'),
  'all pages': (kube) => objects(kube).each().next(),
  'the served kinds': (kube) => kube.served('edc.kaphera.com', 'v1alpha1'),
  version: (kube) => kube.version(),
  watch: (kube) => {
    const { signal } = new AbortController()
    return objects(kube).watch(
      { resourceVersion: '1', timeoutSeconds: 1, signal },
      { of: (change) => change },
      () => true,
    )
  },
}

const ANSWERS = {
  'a page of HTML': '<!doctype html><h1>Bad gateway</h1>',
  'an empty object': '{}',
  null: 'null',
  'a list without a kind': '[]',
  'a text': '"ok"',
  'a Status that failed': JSON.stringify(STATUS),
}

describe.each(Object.entries(ANSWERS))('%s', (_, body) => {
  it.each(Object.entries(REQUESTS))('is no answer to %s', async (_, send) => {
    await expect(send(clientOf(body))).rejects.toMatchObject({ code: 'cluster_unavailable' })
  })
})

it('that is a Status of a deletion is its answer', async () => {
  const deleted = { kind: 'Status', metadata: {}, status: 'Success' }
  expect(await objects(clientOf(JSON.stringify(deleted))).delete('edc', {})).toEqual(deleted)
})
