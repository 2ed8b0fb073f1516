import { describe, expect, it } from 'vitest'
import { FUNCTIONS } from '../fixtures/world.ts'

describe('the rights of a function', () => {
  it('cover its kind, and reading what it depends on', () => {
    const rights = Object.fromEntries(
      (FUNCTIONS.vaults?.definition.rbac ?? []).map(({ apiGroups, resources, verbs }) => [
        `${apiGroups.join()}/${resources.join()}`,
        verbs.join(' '),
      ]),
    )
    expect(rights).toMatchObject({
      'edc.kaphera.com/vaults': 'create delete get list patch watch',
      // It refers to cells, and all others refer to it.
      'cloud.kaphera.com/cells': 'get',
      'edc.kaphera.com/connectors': 'list',
      'edc.kaphera.com/identityhubs': 'list',
      'edc.kaphera.com/credentialissuers': 'list',
      'enablement.kaphera.com/dspdataplanes': 'list',
      '/events': 'list',
      '/pods': 'list',
      '/pods/log': 'get',
    })
    expect(rights).not.toHaveProperty('cloud.kaphera.com/participants')
  })

  it('cover reading what its objects depend on indirectly, and no more', () => {
    const readable = (plural: string): string[] =>
      (FUNCTIONS[plural]?.definition.rbac ?? [])
        .filter(({ apiGroups, verbs }) => apiGroups.join() !== '' && verbs.includes('get'))
        .flatMap(({ resources }) => resources)
        .sort()
    expect(readable('cells')).toEqual(['cells'])
    expect(readable('vaults')).toEqual(['cells', 'organizations', 'vaults'])
    expect(readable('dataspacememberships')).toEqual([
      'cells',
      'credentialissuers',
      'dataspacememberships',
      'dataspaceprofiles',
      'identityhubs',
      'organizations',
      'participants',
      'vaults',
    ])
  })

  it.each(Object.keys(FUNCTIONS))('of %s allow changes only of its own kind, and no reading of Secrets', (plural) => {
    const { rbac = [], resource } = FUNCTIONS[plural]?.definition ?? {}
    for (const { apiGroups, resources, verbs } of rbac) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*')
      expect(verbs).not.toContain('deletecollection')
      expect(resources).not.toContain('secrets')
      const isOwn = apiGroups.join() === resource?.group && resources.join() === plural
      if (!isOwn) for (const verb of verbs) expect(['get', 'list', 'watch']).toContain(verb)
    }
  })
})
