/**
 * The realms of the tests: the one of infra/keycloak with the additions of this directory, so that it is tested itself.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../../../infra/bundle/project.ts'

/** What a Keycloak realm file has; the tests look only at the lists that they add to. */
export interface Realm {
  readonly realm: string
  readonly clients: readonly { readonly clientId: string; readonly [setting: string]: unknown }[]
  readonly clientScopes: readonly { readonly name: string; readonly [setting: string]: unknown }[]
  readonly [setting: string]: unknown
}

/** The realm that administrators import. */
export function realm(): Realm {
  return read(join(PROJECT, 'infra', 'keycloak', 'realm.json')) as Realm
}

/** The realms `kaphera`, with demo users and the password grant, and `other`, with users and clients of the same names. */
export function testRealms(): Realm[] {
  return ['kaphera.json', 'other.json'].map((file) => {
    const { clients = [], clientScopes = [], ...settings } = read(join(import.meta.dirname, file))
    const base = realm()
    return {
      ...base,
      ...settings,
      clients: merged(base.clients, clients, 'clientId'),
      clientScopes: merged(base.clientScopes, clientScopes, 'name'),
    }
  })
}

/** Adds entries, or changes settings of those that have the same key. */
function merged<Entry extends { readonly [setting: string]: unknown }>(
  base: readonly Entry[],
  additions: readonly Entry[],
  key: keyof Entry,
): Entry[] {
  const byKey = new Map(base.map((entry) => [entry[key], entry]))
  for (const entry of additions) byKey.set(entry[key], { ...byKey.get(entry[key]), ...entry })
  return [...byKey.values()]
}

function read(file: string): Partial<Realm> {
  return JSON.parse(readFileSync(file, 'utf8'))
}
