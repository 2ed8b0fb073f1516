/**
 * Digests that are there at once. Bun has another thread make those of 64 bytes or more, and a request goes on in a later round of the
 * event loop: on a busy machine that takes a hundred times as long as the digest of a token.
 */

/** Bytes up to which a digest takes less time than leaving it to another thread. */
const AT_ONCE_BYTES = 16 * 1024

/** Makes `crypto.subtle` compute SHA-256, the only digest that functions use, of short data without another thread. */
export function digestAtOnce(): void {
  const { subtle } = crypto
  const elsewhere = subtle.digest.bind(subtle)
  subtle.digest = async (algorithm, data) => {
    if (algorithm !== 'SHA-256' || data.byteLength > AT_ONCE_BYTES) return elsewhere(algorithm, data)
    return new Bun.CryptoHasher('sha256').update(data).digest().buffer
  }
}
