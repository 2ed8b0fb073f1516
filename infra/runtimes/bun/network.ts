/**
 * Where requests come from.
 */

/** 16-bit groups of an IPv6 address, and those at its beginning that its owner does not choose. */
const GROUPS = 8
const PREFIX = 4

/**
 * What the addresses of one client have in common: all of an IPv4 address, but only the first 64 bits of an IPv6 address, because whoever
 * has one has all that begin with these.
 * @param address - As the system writes it; an IPv4 address may be mapped into IPv6 (`::ffff:192.0.2.1`)
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [, mapped] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(Math.max(0, GROUPS - head.length - tail.length)).fill('0')
  return `${[...head, ...zeros, ...tail].slice(0, PREFIX).join(':')}::/64`
}
