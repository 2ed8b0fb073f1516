/**
 * A signing key that Keycloak publishes and the test has, too.
 */
import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, importPKCS8, SignJWT } from 'jose'
import type { Keycloak } from '../cluster/harness/keycloak.ts'

/** A key of the realm `kaphera`. */
export interface SigningKey {
  /**
   * A token like another one, but issued by a clock that is wrong.
   * @param seconds - How far it is ahead; negative if it is behind
   */
  shifted(token: string, seconds: number): Promise<string>
  /** Takes the key away from Keycloak. */
  remove(): Promise<void>
}

/**
 * Adds a key.
 * @param options - `priority`: above 100 Keycloak signs with it from now on
 */
export async function addKey(keycloak: Keycloak, options: { readonly priority: number }): Promise<SigningKey> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
  const { id: parentId } = (await (await keycloak.admin('GET', '/kaphera')).json()) as { id: string }
  const added = await keycloak.admin('POST', '/kaphera/components', {
    name: `faults-${options.priority}`,
    providerId: 'rsa',
    providerType: 'org.keycloak.keys.KeyProvider',
    parentId,
    config: {
      priority: [String(options.priority)],
      enabled: ['true'],
      active: ['true'],
      algorithm: ['RS256'],
      privateKey: [pem],
    },
  })
  const component = new URL(added.headers.get('Location') ?? '').pathname.split('/').at(-1)
  const answer = await fetch(`${keycloak.issuer}/protocol/openid-connect/certs`)
  const { keys } = (await answer.json()) as { keys: { kid: string; n?: string }[] }
  const kid = keys.find(({ n }) => n === publicKey.export({ format: 'jwk' }).n)?.kid
  if (kid === undefined) throw new Error('Keycloak does not publish the key')
  const key = await importPKCS8(pem, 'RS256')
  return {
    async shifted(token, seconds) {
      const { iat = 0, exp = 0, ...claims } = decodeJwt(token)
      const header = { alg: 'RS256', typ: 'JWT', kid }
      return new SignJWT({ ...claims, iat: iat + seconds, exp: exp + seconds }).setProtectedHeader(header).sign(key)
    },
    remove: async () => void (await keycloak.admin('DELETE', `/kaphera/components/${component}`)),
  }
}
