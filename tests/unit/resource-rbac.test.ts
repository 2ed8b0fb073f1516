import { describe, expect, it } from 'vitest'
import { FUNCTIONS } from './resource-fixtures.ts'

describe('the rights of a function', () => {
  it('are what it does with its kind, and reading what it has to do with', () => {
    const rights = Object.fromEntries(
      (FUNCTIONS.vaults?.definition.rbac ?? []).map(({ apiGroups, resources, verbs }) => [
        `${apiGroups.join()}/${resources.join()}`,
        verbs.join(' '),
      ]),
    )
    expect(rights).toMatchObject({
      'edc.kaphera.com/vaults': 'create delete get list patch watch',
      // It refers to cells; all others refer to it.
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

  it.each(Object.keys(FUNCTIONS))('of %s change nothing but its own kind, and read no Secret', (plural) => {
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
