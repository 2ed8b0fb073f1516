import { IPV4_REGEX } from 'valibot'

/**
 * Whether a string is an IPv6 address (RFC 4291) that Go's net/netip.ParseAddr accepts, without a zone. The last 32 bits may be
 * written as an IPv4 address.
 */
export function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)
  let count = groups.flat().length
  if (last?.at(-1)?.includes('.') === true) {
    if (!IPV4_REGEX.test(last.pop() ?? '')) return false
    count += 1
  }
  if (!groups.flat().every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 1 ? count === 8 : count < 8
}
