/** The realm of infra/keycloak: that its commands make what its file says, and that its tokens are accepted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIENCE } from '../../infra/local/issuer/identities.ts'
import { realm } from './harness/keycloak/realms.ts'
import { sharedParts } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

// biome-ignore lint/suspicious/noExplicitAny: representations of Keycloak
type Json = any

const IMPORTED = 'imported'
const SCRIPTED = 'scripted'

let parts: RealParts

beforeAll(async () => {
  parts = await sharedParts()
  await parts.keycloak.admin('POST', '', { ...realm(), realm: IMPORTED })
  await parts.keycloak.makeRealm(SCRIPTED)
}, 300_000)

afterAll(async () => {
  for (const name of [IMPORTED, SCRIPTED]) await parts?.keycloak.admin('DELETE', `/${name}`)
})

/** What an administrator set in a realm, with neither identifiers nor what Keycloak adds to every realm. */
async function settingsOf(name: string): Promise<Json> {
  const answer = await parts.keycloak.admin(
    'POST',
    `/${name}/partial-export?exportClients=true&exportGroupsAndRoles=true`,
  )
  const exported: Json = await answer.json()
  const ours = realm()
  const settings = Object.keys(ours).filter((key) => typeof ours[key] !== 'object' && key !== 'realm')
  const clientIds = ours.clients.map(({ clientId }) => clientId)
  const scopes = ours.clientScopes.map((scope) => scope.name)
  return {
    ...Object.fromEntries(settings.map((key) => [key, exported[key]])),
    groups: exported.groups.map((group: Json) => group.path).sort(),
    clients: byKey(exported.clients, 'clientId', clientIds),
    clientScopes: byKey(exported.clientScopes, 'name', scopes),
  }
}

function byKey(entries: Json[], key: string, keys: readonly string[]): Json {
  const found = entries.filter((entry) => keys.includes(entry[key])).map((entry) => [entry[key], plain(entry)])
  return Object.fromEntries(found.sort(([a], [b]) => String(a).localeCompare(String(b))))
}

/** Differs between two realms that are set up alike. The last two are defaults that only an import adds. */
const OWN = [
  'id',
  'secret',
  'client.secret.creation.time',
  'realm_client',
  'userinfo.token.claim',
  'post.logout.redirect.uris',
]

/** Without {@link OWN}, and in a fixed order. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !OWN.includes(key))
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, plain(inner)]),
  )
}

it('is the same by realm.json and by realm.sh', async () => {
  const [imported, scripted] = await Promise.all([settingsOf(IMPORTED), settingsOf(SCRIPTED)])
  expect(Object.keys(imported.clients)).toEqual(['ci', 'kaphera-cli', 'kaphera-console', 'terraform'])
  expect(scripted).toEqual(imported)
})

describe('a token of a service account', () => {
  it.each([IMPORTED, SCRIPTED])('of the realm %s has the audience of the server', async (name) => {
    const clients: Json = await (await parts.keycloak.admin('GET', `/${name}/clients?clientId=terraform`)).json()
    const secret: Json = await (
      await parts.keycloak.admin('GET', `/${name}/clients/${clients[0].id}/client-secret`)
    ).json()
    const form = { grant_type: 'client_credentials', client_id: 'terraform', client_secret: secret.value }
    const { access_token } = await parts.keycloak.token(form, { realm: name })
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
    expect([claims.aud].flat()).toContain(AUDIENCE)
    expect(claims).toMatchObject({ azp: 'terraform', client_id: 'terraform', typ: 'Bearer' })
  })
})
