/** That realm.tf has everything that realm.json has. The cluster suite checks realm.sh by running it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { realm } from '../../../cluster/harness/keycloak/realms.ts'

const terraform = readFileSync(join(PROJECT, 'infra', 'keycloak', 'realm.tf'), 'utf8')
const { clients, clientScopes, groups, displayName, accessTokenLifespan } = realm()
const OURS = clientScopes.filter(({ name }) => name.startsWith('kaphera'))

/** Texts in quotation marks. */
const texts = new Set([...terraform.matchAll(/"([^"]*)"/g)].map(([, text]) => text))

describe('the realm of Terraform', () => {
  it('has the clients with their names, descriptions and flows', () => {
    for (const { clientId, name, description } of clients) {
      for (const text of [clientId, name, description]) expect(texts, clientId).toContain(text)
    }
    const blocks = terraform.split('\nresource ').filter((block) => block.startsWith('"keycloak_openid_client" '))
    const [cli = '', console = '', service = ''] = blocks
    expect(blocks).toHaveLength(3)
    expect(cli).toMatch(/"PUBLIC"[\s\S]*oauth2_device_authorization_grant_enabled = true/)
    expect(console).toMatch(/"PUBLIC"[\s\S]*standard_flow_enabled +=[\s\S]*pkce_code_challenge_method +=.*"S256"/)
    expect(service).toMatch(/"CONFIDENTIAL"[\s\S]*service_accounts_enabled = true/)
    expect(terraform).not.toContain('direct_access_grants_enabled')
  })

  it('has the client scopes of the server with their mappers', () => {
    for (const { name, description, protocolMappers } of OURS) {
      for (const text of [name, description]) expect(texts, name).toContain(text)
      for (const mapper of (protocolMappers ?? []) as { name: string }[]) expect(texts).toContain(mapper.name)
    }
  })

  it('gives every client the same scopes', () => {
    for (const client of clients) {
      const assigned = [...(client.defaultClientScopes as string[]), ...(client.optionalClientScopes as string[])]
      for (const scope of assigned) expect(texts, client.clientId).toContain(scope)
    }
  })

  it('has the groups and settings', () => {
    for (const { name } of groups as { name: string }[]) expect(texts).toContain(name)
    expect(texts).toContain(displayName)
    expect(texts).toContain(`${Number(accessTokenLifespan) / 60}m`)
  })
})
