/**
 * Sealed values: a client stores them for the server, and can neither read, change, nor use them elsewhere.
 */

const IV_BYTES = 12
/** Maximum length of a sealed text in characters. No request target is longer. */
const MAX_LENGTH = 8192

/**
 * Seals a value (AES-256-GCM).
 * @param secret - A secret that only replicas of this server know
 * @param context - Unsealing needs the same context
 * @param value - A JSON value
 * @returns URL-safe text
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { seal, unseal } from './sealed.ts'
 *
 * const text = await seal('secret', 'list of acme', { after: 'edc-7' })
 * assert.deepEqual(await unseal('secret', 'list of acme', text), { after: 'edc-7' })
 * assert.equal(await unseal('secret', 'list of globex', text), undefined)
 * ```
 */
export async function seal(secret: string, context: string, value: unknown): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const plain = new TextEncoder().encode(JSON.stringify(value))
  const sealed = await crypto.subtle.encrypt(parameters(iv, context), await keyOf(secret), plain)
  return new Uint8Array([...iv, ...new Uint8Array(sealed)]).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/**
 * Unseals a value.
 * @returns `undefined` if it was not sealed with this secret and context
 */
export async function unseal(secret: string, context: string, text: string): Promise<unknown> {
  if (text.length > MAX_LENGTH) return undefined
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' })
    const iv = bytes.subarray(0, IV_BYTES)
    const plain = await crypto.subtle.decrypt(parameters(iv, context), await keyOf(secret), bytes.subarray(IV_BYTES))
    return JSON.parse(new TextDecoder().decode(plain))
  } catch {
    return undefined
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, context: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(context) }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`continue:${secret}`))
  return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
}
