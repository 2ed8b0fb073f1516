import { describe, expect, it } from 'vitest'
import { impersonate, type KubeCaller } from '../../../shared/kube/identity.ts'
import { createKubeClient } from '../../../shared/kube/index.ts'
import type { Environment, Fetcher } from '../../../shared/runtime/environment.ts'
import { environment, FakeIssuer } from '../fixtures/auth.ts'

function caller(groups: readonly string[] = [], clusterUser = 'kaphera:hash:ada'): KubeCaller {
  return {
    principal: { clusterUser, token: 'callers-token' },
    requestId: 'r1',
    authorizer: {
      standingIn: (namespace) => ({ organization: namespace?.slice(4), groups }),
      noteWrite: () => undefined,
    },
  }
}

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }

/** An API server that gives one answer to everything and records its requests. */
function answering(answer: (request: Request) => Response): Fetcher & { readonly requests: Request[] } {
  const requests: Request[] = []
  return {
    requests,
    async fetch(input, init) {
      const request = new Request(input, init)
      requests.push(request)
      return answer(request)
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

  it('sends the request id and the organization', () => {
    const headers = new Headers()
    impersonate(headers, caller(), 'org-acme')
    expect(Object.fromEntries(headers)).toEqual({
      'impersonate-user': 'kaphera:hash:ada',
      'impersonate-extra-cloud.kaphera.com%2frequest-id': 'r1',
      'impersonate-extra-cloud.kaphera.com%2forganization': 'acme',
    })
  })

  it('sends no organization if there is none', () => {
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
  it('shares warnings and audit id with its parent', async () => {
    const kube = answering(() =>
      Response.json({ metadata: {}, items: [] }, { headers: { Warning: '299 - "old"', 'Audit-Id': 'audit-1' } }),
    )
    const own = createKubeClient(environmentOf(kube, 'impersonate'))
    await own.as(caller()).objects(CONNECTORS, 'org-acme').page({ limit: 1 })
    expect([own.warnings, own.auditId]).toEqual([['299 - "old"'], 'audit-1'])
  })

  it('has the audit id of its write, even if a read is answered later', async () => {
    const kube = answering(({ method }) =>
      Response.json({ metadata: { name: 'edc' }, items: [] }, { headers: { 'Audit-Id': method } }),
    )
    const client = createKubeClient(environmentOf(kube, 'function'))
    const connectors = client.objects(CONNECTORS, 'org-acme')
    await connectors.page({ limit: 1 })
    expect(client.auditId).toBe('GET')
    await connectors.create({})
    await connectors.page({ limit: 1 })
    expect(client.auditId).toBe('POST')
  })

  it('acts as the caller while its parent acts as the function', async () => {
    const kube = answering(() => Response.json({ metadata: {}, items: [] }))
    const own = createKubeClient(environmentOf(kube, 'caller'))
    await own.as(caller()).objects(CONNECTORS, 'org-acme').page({ limit: 1 })
    await own.objects(CONNECTORS, 'org-acme').page({ limit: 1 })
    expect(kube.requests.map(({ headers }) => headers.get('Authorization'))).toEqual([
      'Bearer callers-token',
      'Bearer service-account-token',
    ])
  })

  it('impersonates the caller with the token of the function', async () => {
    const kube = answering(() => Response.json({ metadata: {}, items: [] }))
    const own = createKubeClient(environmentOf(kube, 'impersonate'))
    await own
      .as(caller(['kaphera:g']))
      .objects(CONNECTORS, 'org-acme')
      .page({ limit: 1 })
    expect(Object.fromEntries(kube.requests[0]?.headers ?? [])).toMatchObject({
      authorization: 'Bearer service-account-token',
      'impersonate-user': 'kaphera:hash:ada',
      'impersonate-group': 'kaphera:g',
    })
  })

  it('acts as the function by default', async () => {
    for (const setting of [undefined, '', 'function']) {
      const kube = answering(() => Response.json({ metadata: {}, items: [] }))
      await createKubeClient(environmentOf(kube, setting))
        .as(caller())
        .objects(CONNECTORS, 'org-acme')
        .page({ limit: 1 })
      expect([...(kube.requests[0]?.headers.keys() ?? [])]).toEqual(['accept', 'authorization'])
    }
  })

  it('refuses an unknown setting', () => {
    const own = createKubeClient(environmentOf(answering(Response.error), 'Impersonate'))
    expect(() => own.as(caller())).toThrow('KUBE_IDENTITY must be one of function, impersonate, caller')
  })

  it('fails if the cluster refuses the caller’s token, without a retry under another identity', async () => {
    const kube = answering(() => new Response('{}', { status: 401 }))
    const client = createKubeClient(environmentOf(kube, 'caller')).as(caller())
    await expect(client.objects(CONNECTORS, 'org-acme').page({ limit: 1 })).rejects.toMatchObject({ code: 'forbidden' })
    expect(kube.requests.map(({ headers }) => headers.get('Authorization'))).toEqual(['Bearer callers-token'])
  })
})
