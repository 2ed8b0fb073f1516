/**
 * An e-mail address as it is compared with others. Only ASCII letters are put into lower case: the Kelvin sign would become a
 * "k", and the address equal to that of another person (CVE-2019-19844).
 */
export function comparableEmail(address: string): string {
  return address.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
