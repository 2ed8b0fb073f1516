import { describe, expect, it } from 'vitest'
import { EVENTS, NAMESPACES, PODS } from '../../../shared/kube/index.ts'
import { buildRequest, discoveryUrl, type KubeRequest } from '../../../shared/kube/request-factory.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }
const REVIEWS = { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectaccessreviews' }
const ALL = '/apis/edc.kaphera.com/v1alpha1/connectors'
const HERE = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'

/** `METHOD path?query` of the request that is built. */
async function built(request: KubeRequest): Promise<string> {
  const { method, url } = await buildRequest(request)
  expect(url.origin).toBe('https://kubernetes.default.svc')
  return `${method} ${url.pathname}${url.search}`
}

describe('a request to the API server', () => {
  const namespace = 'org-acme'
  const name = 'edc'

  it.each<[KubeRequest, string]>([
    [{ ...CONNECTORS, verb: 'list' }, `GET ${ALL}`],
    [{ ...CONNECTORS, verb: 'list', namespace }, `GET ${HERE}`],
    [{ ...CONNECTORS, verb: 'watch' }, `GET ${ALL}?watch=true`],
    [{ ...CONNECTORS, verb: 'watch', namespace }, `GET ${HERE}?watch=true`],
    [{ ...CONNECTORS, verb: 'get', namespace, name }, `GET ${HERE}/edc`],
    [{ ...CONNECTORS, verb: 'create', namespace }, `POST ${HERE}`],
    [{ ...CONNECTORS, verb: 'patch', namespace, name }, `PATCH ${HERE}/edc`],
    [{ ...CONNECTORS, verb: 'delete', namespace, name }, `DELETE ${HERE}/edc`],
    [{ ...NAMESPACES, verb: 'get', name: 'org-acme' }, 'GET /api/v1/namespaces/org-acme'],
    [{ ...EVENTS, verb: 'list', namespace }, 'GET /api/v1/namespaces/org-acme/events'],
    [{ ...EVENTS, verb: 'watch' }, 'GET /api/v1/events?watch=true'],
    [{ ...PODS, verb: 'get', namespace, name, subresource: 'log' }, 'GET /api/v1/namespaces/org-acme/pods/edc/log'],
    [{ ...NAMESPACES, verb: 'create' }, 'POST /api/v1/namespaces'],
    [{ ...NAMESPACES, verb: 'patch', name }, 'PATCH /api/v1/namespaces/edc'],
    [{ ...NAMESPACES, verb: 'delete', name }, 'DELETE /api/v1/namespaces/edc'],
    // What is created in no namespace.
    [{ ...REVIEWS, verb: 'create' }, 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
  ])('%j', async (request, expected) => {
    expect(await built(request)).toBe(expected)
  })

  it('has the query parameters that are given', async () => {
    const query = { limit: '5', continue: undefined, labelSelector: 'a=b,c' }
    expect(await built({ ...CONNECTORS, verb: 'list', query })).toBe(`GET ${ALL}?limit=5&labelSelector=a%3Db%2Cc`)
  })

  it.each<[KubeRequest, string]>([
    [{ ...CONNECTORS, verb: 'get', name }, 'get needs a namespace'],
    [{ ...CONNECTORS, verb: 'delete', name }, 'delete needs a namespace'],
    [{ ...CONNECTORS, verb: 'patch', namespace }, 'patch needs a name: it is never sent for many objects at once'],
    [{ ...CONNECTORS, verb: 'delete', namespace }, 'delete needs a name: it is never sent for many objects at once'],
    // The factory's path has no subresource.
    [
      { ...CONNECTORS, verb: 'get', namespace, name, subresource: 'status' },
      'the path of the URL is not the expected one',
    ],
  ])('is refused if it would mean something else: %j', async (request, message) => {
    await expect(buildRequest(request)).rejects.toThrow(new TypeError(message))
  })
})

describe('the URL of discovery', () => {
  it('is below the API server', () => {
    expect(discoveryUrl('/version').href).toBe('https://kubernetes.default.svc/version')
  })

  it('is that of the path, or none', () => {
    expect(() => discoveryUrl('/apis/../version')).toThrow(TypeError)
  })
})
