/**
 * The issuer's signing key.
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { readIfThere } from '../file.ts'

/** What an issuer needs to be the same again after a restart. */
export interface IssuerIdentity {
  /** Port on loopback, part of the issuer's name. */
  readonly port: number
  /** Private key (RSA, RS256) with its `kid`. */
  readonly key: JWK
}

/** A fresh RSA key for RS256. */
export async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' }
}

/**
 * What was saved before.
 * @returns `undefined` if the file does not exist
 * @throws {Error} if the file is there and cannot be understood
 */
export async function loadIdentity(file: string): Promise<IssuerIdentity | undefined> {
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${file} is not the issuer's state`)
  }
}

/** Saves an identity, readable by its owner only. */
export async function saveIdentity(file: string, identity: IssuerIdentity): Promise<void> {
  await writeFile(file, JSON.stringify(identity), { mode: 0o600 })
}
