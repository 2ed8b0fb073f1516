/**
 * Licenses of npm packages that may ship: they allow use, change and distribution, and demand no more than notices.
 */
import type { LockedPackage } from './lock.ts'

/** SPDX identifiers. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
])

/** Whether a package may ship by its license. A choice (`A OR B`) needs one that may, a combination (`A AND B`) all. */
export function mayShip({ license = '' }: LockedPackage): boolean {
  const choices = license.replaceAll(/[()]/g, '').split(' OR ')
  return choices.some((choice) => choice.split(' AND ').every((one) => ALLOWED.has(one)))
}

/** @throws {Error} that names the packages that may not ship */
export function requireLicenses(packages: readonly LockedPackage[]): void {
  const refused = packages.filter((one) => !mayShip(one))
  if (refused.length === 0) return
  const list = refused.map(({ name, license }) => `${name} (${license ?? 'no license'})`).join(', ')
  throw new Error(
    `These packages may not ship by their licenses: ${list}. infra/container/licenses.ts lists those that may.`,
  )
}
