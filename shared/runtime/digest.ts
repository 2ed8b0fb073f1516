/** SHA-256 of a text in base64url, without padding. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return digest.toBase64({ alphabet: 'base64url', omitPadding: true })
}
