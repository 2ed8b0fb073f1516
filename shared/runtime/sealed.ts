/**
 * Values that a client keeps for us and gives back: it can neither read nor change them, nor use them elsewhere.
 * @module
 */

const IV_BYTES = 12
/** Characters of a sealed text; none that is sealed here is longer. */
const LONGEST = 4096

/**
 * Seals a value (AES-256-GCM).
 * @param secret - What only this server's replicas know
 * @param context - Where the value may be used; opening it elsewhere fails
 * @param value - A JSON value
 * @returns URL-safe text
 */
export async function seal(secret: string, context: string, value: unknown): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const plain = new TextEncoder().encode(JSON.stringify(value))
  const sealed = await crypto.subtle.encrypt(parameters(iv, context), await keyOf(secret), plain)
  return new Uint8Array([...iv, ...new Uint8Array(sealed)]).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/**
 * The value in a sealed text.
 * @returns `undefined` if it was not sealed with this secret for this context
 */
export async function unseal(secret: string, context: string, text: string): Promise<unknown> {
  if (text.length > LONGEST) return undefined
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
