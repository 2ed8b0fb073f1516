/**
 * The proxy for requests to issuers. The API server and other functions are always reached directly.
 */

/** The settings, as other programs know them. */
export interface ProxySettings {
  /** HTTPS_PROXY: address of a proxy for https URLs. */
  readonly address: string | undefined
  /** NO_PROXY: hosts that are reached directly, separated by commas. Each includes its subdomains; `*` means all. Addresses
   * are compared as texts, because issuers are named by hosts: a range (CIDR) matches nothing. */
  readonly exceptions: string | undefined
}

/** Returns the proxy for an address, or nothing if it is reached directly, as are all http addresses. */
export type ProxyOf = (address: string) => string | undefined

/**
 * Reads the settings.
 * @throws {TypeError} if the address is not one of a proxy
 */
export function createProxy({ address, exceptions = '' }: ProxySettings): ProxyOf {
  if (!address) return () => undefined
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? '')) {
    throw new TypeError('HTTPS_PROXY must be an address such as http://proxy.example.com:3128')
  }
  const direct = exceptions.toLowerCase().split(/[\s,]+/)
  return (target) => {
    const { protocol, hostname, host } = new URL(target)
    const isDirect = direct.some((exception) => {
      const name = exception.replace(/^\*?\./, '')
      return name === '*' || (name !== '' && [hostname, host].some((own) => `.${own}`.endsWith(`.${name}`)))
    })
    return protocol === 'https:' && !isDirect ? address : undefined
  }
}
