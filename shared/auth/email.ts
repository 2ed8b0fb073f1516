/**
 * An e-mail address as it is compared with others. Only ASCII letters are lowercased: the Kelvin sign would become a "k"
 * and make the address equal to another person's (CVE-2019-19844).
 */
export function comparableEmail(address: string): string {
  return address.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
