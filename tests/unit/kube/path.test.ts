import { describe, expect, it } from 'vitest'
import { assertPath } from '../../../shared/kube/path.ts'

const COLLECTION = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'

describe('the path of a URL', () => {
  it.each([`${COLLECTION}/.`, `${COLLECTION}/..`, `${COLLECTION}/x/../../vaults`, `${COLLECTION}/%2e%2e`])(
    'is refused if the parser has removed segments: %s',
    (path) => {
      expect(() => assertPath(new URL(path, 'https://kubernetes.default.svc'), path)).toThrow(TypeError)
    },
  )

  it('is accepted if it is the expected one', () => {
    const path = `${COLLECTION}/edc`
    expect(() => assertPath(new URL(path, 'https://kubernetes.default.svc'), path)).not.toThrow()
  })
})
