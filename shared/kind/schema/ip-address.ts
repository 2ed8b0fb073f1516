/**
 * IP addresses as Go's net/netip.ParseAddr reads them, zones aside.
 * @module
 */

/** Whether a string is four numbers up to 255, without leading zeros. */
export function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text)
}

/** Whether a string is an IPv6 address (RFC 4291), whose last 32 bits may be written as IPv4. */
export function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)
  let count = groups.flat().length
  if (last?.at(-1)?.includes('.') === true) {
    if (!isIPv4(last.pop() ?? '')) return false
    count += 1
  }
  if (!groups.flat().every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 1 ? count === 8 : count < 8
}
