import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { rightsOfBoth } from '../../../../infra/knative/deploy/plan.ts'
import type { ClusterRole } from '../../../../infra/knative/deploy/running.ts'

function role(...verbs: readonly string[]): ClusterRole {
  const rules = verbs.map((verb) => ({ apiGroups: ['edc.kaphera.com'], resources: ['connectors'], verbs: [verb] }))
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'connectors' }, rules }
}

const verbsOf = ({ rules = [] }: ClusterRole): string[] => rules.flatMap(({ verbs }) => verbs)

it('a deployment checks its values before it reads the kubeconfig', async () => {
  const args = ['infra/knative/deploy/main.ts', '--set', 'image=none']
  const deploying = promisify(execFile)(process.execPath, args, { cwd: PROJECT, env: { KUBECONFIG: '/absent' } })
  await expect(deploying).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The values are not valid:\n  image: must be'),
  })
})

describe('the rights of a function during a deployment', () => {
  it('are those of both releases, each once', () => {
    expect(verbsOf(rightsOfBoth(role('get', 'patch'), role('get', 'update')))).toEqual(['get', 'patch', 'update'])
  })

  it('are only its own if it is new or its needs have not changed', () => {
    expect(verbsOf(rightsOfBoth(role('get'), undefined))).toEqual(['get'])
    expect(verbsOf(rightsOfBoth(role('get'), role('get')))).toEqual(['get'])
  })

  it('are the same if an interrupted deployment is repeated', () => {
    const once = rightsOfBoth(role('patch'), role('update'))
    expect(rightsOfBoth(role('patch'), once)).toEqual(once)
  })

  it('are none of the release before the previous one', () => {
    const second = rightsOfBoth(role('patch'), role('update'))
    expect(verbsOf(rightsOfBoth(role('list'), second))).toEqual(['list', 'patch'])
  })
})
