import { describe, expect, it } from 'vitest'
import { assertPath, type Target, targetPath } from '../../../shared/kube/path.ts'

const COLLECTION = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }

describe('the path of a URL', () => {
  it.each([`${COLLECTION}/.`, `${COLLECTION}/..`, `${COLLECTION}/x/../../vaults`, `${COLLECTION}/%2e%2e`])(
    'is refused if the parser has removed segments: %s',
    (path) => {
      expect(() => assertPath(new URL(path, 'https://kubernetes.default.svc'), path)).toThrow(
        new TypeError('the path of the URL is not the expected one'),
      )
    },
  )

  it('is accepted if it is the expected one', () => {
    const path = `${COLLECTION}/edc`
    expect(() => assertPath(new URL(path, 'https://kubernetes.default.svc'), path)).not.toThrow()
  })
})

describe('the path of a target', () => {
  it.each<[Partial<Target>, string]>([
    [{}, '/apis/edc.kaphera.com/v1alpha1/connectors'],
    [{ namespace: 'org-acme' }, COLLECTION],
    [{ namespace: 'org-acme', name: 'edc.v2' }, `${COLLECTION}/edc.v2`],
    [{ namespace: 'org-acme', name: 'edc', subresource: 'scale' }, `${COLLECTION}/edc/scale`],
    [{ group: '', version: 'v1', plural: 'namespaces', name: 'org-acme' }, '/api/v1/namespaces/org-acme'],
    [{ version: 'v2' }, '/apis/edc.kaphera.com/v2/connectors'],
    [{ version: 'v12beta34' }, '/apis/edc.kaphera.com/v12beta34/connectors'],
  ])('%j is %s', (target, path) => {
    expect(targetPath({ ...CONNECTORS, ...target })).toBe(path)
  })

  it.each<[Partial<Target>, string]>([
    [{ group: 'edc/kaphera' }, 'API group is not a DNS name'],
    [{ version: '' }, 'API version is not valid'],
    [{ version: 'v' }, 'API version is not valid'],
    [{ version: 'v1/x' }, 'API version is not valid'],
    [{ version: 'xv1' }, 'API version is not valid'],
    [{ version: 'v1alpha' }, 'API version is not valid'],
    [{ version: 'valpha1' }, 'API version is not valid'],
    [{ version: 'v1gamma1' }, 'API version is not valid'],
    [{ plural: 'a.b' }, 'plural is not a DNS label'],
    [{ plural: '' }, 'plural is not a DNS label'],
    [{ namespace: '..' }, 'namespace is not a DNS label'],
    [{ namespace: '' }, 'namespace is not a DNS label'],
    [{ namespace: 'org-acme', name: '../x' }, 'name is not a DNS subdomain'],
    [{ namespace: 'org-acme', name: '' }, 'name is not a DNS subdomain'],
  ])('is refused if input was not checked: %j', (target, message) => {
    expect(() => targetPath({ ...CONNECTORS, ...target })).toThrow(new TypeError(message))
  })
})
