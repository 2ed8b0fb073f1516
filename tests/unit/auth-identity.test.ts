import { describe, expect, it } from 'vitest'
import { impersonate, type KubeCaller } from '../../shared/kube/identity.ts'
import { createKubeClient } from '../../shared/kube/index.ts'
import type { Environment, Fetcher } from '../../shared/runtime/environment.ts'
import { environment, FakeIssuer } from './auth-fixtures.ts'

function caller(groups: readonly string[] = [], clusterUser = 'kaphera:hash:ada'): KubeCaller {
  return {
    principal: { clusterUser, token: 'callers-token' },
    requestId: 'r1',
    authoriser: {
      standingIn: (namespace) => ({ organization: namespace?.slice(4), groups }),
      noteWrite: () => undefined,
    },
  }
}

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors', namespace: 'org-acme' }

/** An API server that gives the same answer to everything and keeps what it was sent. */
function answering(answer: () => Response): Fetcher & { readonly requests: Request[] } {
  const requests: Request[] = []
  return {
    requests,
    async fetch(input, init) {
      requests.push(new Request(input, init))
      return answer()
    },
  }
}

function environmentOf(kube: Fetcher, KUBE_IDENTITY?: string): Environment {
  return environment(new FakeIssuer([]), kube, { KUBE_IDENTITY })
}

describe('impersonation', () => {
  it('sends at most 64 groups', () => {
    const groups = Array.from({ length: 100 }, (_, index) => `kaphera:g${index}`)
    const headers = new Headers()
    impersonate(headers, caller(groups), 'org-acme')
    expect(headers.get('Impersonate-Group')?.split(', ')).toEqual(groups.slice(0, 64))
  })

  it('sends no organisation where there is none', () => {
    const headers = new Headers()
    impersonate(headers, caller(), undefined)
    expect([...headers.keys()]).toEqual(['impersonate-extra-cloud.kaphera.com%2frequest-id', 'impersonate-user'])
  })

  it.each([
    [caller(['system:masters'])],
    [caller(['kaphera:a', 'cluster-admins'])],
    [caller([], 'system:admin')],
    [caller([], '')],
  ])('sends only names with our prefix', (someone) => {
    expect(() => impersonate(new Headers(), someone, 'org-acme')).toThrow('our own prefix')
  })
})

describe('a client for a caller', () => {
  it('shares warnings and audit id with the one that it comes from', async () => {
    const kube = answering(() =>
      Response.json({ metadata: {}, items: [] }, { headers: { Warning: '299 - "old"', 'Audit-Id': 'audit-1' } }),
    )
    const own = createKubeClient(environmentOf(kube, 'impersonate'))
    await own.as(caller()).page(CONNECTORS, { limit: 1 })
    expect([own.warnings, own.auditId]).toEqual([['299 - "old"'], 'audit-1'])
  })

  it('acts as the caller, while the one that it comes from acts as the function', async () => {
    const kube = answering(() => Response.json({ metadata: {}, items: [] }))
    const own = createKubeClient(environmentOf(kube, 'caller'))
    await own.as(caller()).page(CONNECTORS, { limit: 1 })
    await own.page(CONNECTORS, { limit: 1 })
    expect(kube.requests.map(({ headers }) => headers.get('Authorization'))).toEqual([
      'Bearer callers-token',
      'Bearer service-account-token',
    ])
  })

  it('is the function without a setting', async () => {
    for (const setting of [undefined, '', 'function']) {
      const kube = answering(() => Response.json({ metadata: {}, items: [] }))
      await createKubeClient(environmentOf(kube, setting)).as(caller()).page(CONNECTORS, { limit: 1 })
      expect([...(kube.requests[0]?.headers.keys() ?? [])]).toEqual(['accept', 'authorization'])
    }
  })

  it('refuses a setting that it does not know', () => {
    const own = createKubeClient(environmentOf(answering(Response.error), 'Impersonate'))
    expect(() => own.as(caller())).toThrow('KUBE_IDENTITY must be one of function, impersonate, caller')
  })

  it('says so when the cluster does not accept the caller’s token, and does not try its own', async () => {
    const kube = answering(() => new Response('{}', { status: 401 }))
    const client = createKubeClient(environmentOf(kube, 'caller')).as(caller())
    await expect(client.page(CONNECTORS, { limit: 1 })).rejects.toMatchObject({ code: 'forbidden' })
    expect(kube.requests.map(({ headers }) => headers.get('Authorization'))).toEqual(['Bearer callers-token'])
  })
})
