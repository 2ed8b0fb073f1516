/**
 * The issuer's signing key.
 */
import { writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { readIfThere } from '../file.ts'

/** What an issuer keeps across restarts. */
export interface IssuerIdentity {
  /** Port on loopback, part of the issuer's name. */
  readonly port: number
  /** Private key (RSA, RS256) with its `kid`. */
  readonly key: JWK
}

/** A new RSA key for RS256. */
export async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' }
}

/**
 * Reads a saved identity.
 * @returns `undefined` if the file does not exist
 * @throws {Error} if the file has other contents
 */
export async function loadIdentity(file: string): Promise<IssuerIdentity | undefined> {
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${file} does not hold the state of an issuer.`)
  }
}

/** Saves an identity in a file that only its owner can read. */
export async function saveIdentity(file: string, identity: IssuerIdentity): Promise<void> {
  await writeFile(file, JSON.stringify(identity), { mode: 0o600 })
}
