/** Which addresses count as those of one client. */
import { expect, it } from 'vitest'
import { networkOf } from '../../../../infra/runtimes/bun/network.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:a:b:c:d:e:f', '2001:db8:a:b::/64'],
  ['2001:db8:a:b::1', '2001:db8:a:b::/64'],
  ['2001:db8::c:d:e:f', '2001:db8:0:0::/64'],
  ['2001:db8::b:0:0:0:1', '2001:db8:0:b::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', ''],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
