/**
 * URIs as Go's net/url.ParseRequestURI reads them (Go 1.26), which is what `format: uri` means in a CRD.
 * @see {@link https://pkg.go.dev/net/url#ParseRequestURI}
 */
import { isIPv6 } from './ip-address.ts'

/** Whether a string is an absolute URI or an absolute path. */
export function isRequestUri(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
  if (text === '' || /[\0-\x1f\x7f]/.test(text)) return false
  if (text === '*') return true
  if (text.startsWith(':')) return false
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(text)?.[0].toLowerCase()
  const rest = (scheme === undefined ? text : text.slice(scheme.length + 1)).split('?', 1)[0] ?? ''
  // Go does not check the rest of an opaque URI such as urn:x:y.
  if (!rest.startsWith('/')) return scheme !== undefined
  if (scheme === undefined || !rest.startsWith('//')) return isUnescapable(rest)
  const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/su.exec(rest) ?? []
  return isAuthority(scheme, authority) && isUnescapable(path)
}

function isAuthority(scheme: string, authority: string): boolean {
  const at = authority.lastIndexOf('@')
  if (!isHost(scheme, authority.slice(at + 1))) return false
  if (at < 0) return true
  const userinfo = authority.slice(0, at)
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) return false
  const colon = userinfo.indexOf(':')
  if (colon < 0) return isUnescapable(userinfo)
  return isUnescapable(userinfo.slice(0, colon)) && isUnescapable(userinfo.slice(colon + 1))
}

function isHost(scheme: string, host: string): boolean {
  const bracket = host.lastIndexOf('[')
  if (bracket > 0) return false
  if (bracket === 0) return isIpLiteral(host)
  const first = host.indexOf(':')
  const isHttp = scheme === 'http' || scheme === 'https'
  // Go accepts lists of hosts with ports, which have more colons, for all schemes but HTTP.
  const colon = isHttp ? first : host.lastIndexOf(':')
  if (first >= 0 && !isPort(host.slice(colon))) return false
  return isHostText(host)
}

function isIpLiteral(host: string): boolean {
  const end = host.lastIndexOf(']')
  if (end < 0 || !isPort(host.slice(end + 1))) return false
  const address = host.slice(1, end)
  const zone = address.indexOf('%25')
  if (zone < 0) return isHostText(address) && isIPv6(address)
  const name = address.slice(zone)
  return isHostText(address.slice(0, zone)) && isIPv6(address.slice(0, zone)) && name.length > 3 && isZone(name)
}

function isPort(text: string): boolean {
  return /^(:[0-9]*)?$/.test(text)
}

/** Characters that a host may contain unescaped. Only bytes beyond ASCII and the percent sign may be escaped. */
function isHostText(text: string): boolean {
  return /^(?:[A-Za-z0-9!"$&'()*+,\-.:;<=>[\]_~\u0080-\u{10ffff}]|%(?:[89A-Fa-f][0-9A-Fa-f]|25))*$/u.test(text)
}

function isZone(text: string): boolean {
  if (!/^(?:[A-Za-z0-9!"$&'()*+,\-.:;<=>[\]_~\u0080-\u{10ffff}]|%[0-9A-Fa-f]{2})*$/u.test(text)) return false
  return [...text.matchAll(/%(..)/g)].every(([escaped, hex = '']) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return escaped === '%25' || character === ' ' || /[A-Za-z0-9!"$&'()*+,\-.:;<=>[\]_~]/.test(character)
  })
}

function isUnescapable(text: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(text)
}
