import { describe, expect, it } from 'vitest'
import { type ClusterRole, rightsOfBoth } from '../../infra/knative/deploy/plan.ts'

function role(...verbs: readonly string[]): ClusterRole {
  const rules = verbs.map((verb) => ({ apiGroups: ['edc.kaphera.com'], resources: ['connectors'], verbs: [verb] }))
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'connectors' }, rules }
}

describe('the rights of a function that is deployed anew', () => {
  it('are those of both revisions, each once', () => {
    expect(rightsOfBoth(role('get', 'patch'), role('get', 'update'))).toEqual(role('get', 'patch', 'update'))
  })

  it('are its own if it is new, or needs what it has needed', () => {
    expect(rightsOfBoth(role('get'), undefined)).toEqual(role('get'))
    expect(rightsOfBoth(role('get'), role('get'))).toEqual(role('get'))
  })
})
