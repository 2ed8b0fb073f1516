/**
 * An e-mail address as it is compared with others. Only letters of ASCII lose their case: the Kelvin sign would become a "k",
 * and its address that of another person (CVE-2019-19844).
 */
export function comparableEmail(address: string): string {
  return address.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
