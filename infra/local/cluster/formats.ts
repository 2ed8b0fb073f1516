/**
 * String formats as the API server checks them. It ignores unknown ones.
 * @see {@link https://pkg.go.dev/k8s.io/kube-openapi/pkg/validation/strfmt}
 */
import { isIPv4, isIPv6 } from 'node:net'

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const TIME = /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/
const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.))+([a-zA-Z\p{L}]){2,63})$/u
/** An e-mail address, or a name followed by one in angle brackets. */
const ATOMS = '[^\\s@<>"(),:;\\\\[\\].]+(\\.[^\\s@<>"(),:;\\\\[\\].]+)*'
const EMAIL = new RegExp(`^(${ATOMS}@${ATOMS}|[^<>@,]*<${ATOMS}@${ATOMS}>)$`)

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': isDateTime,
  datetime: isDateTime,
  date: isDate,
  duration: (text) => /^[+-]?(\d+(\.\d*)?\s*(ns|us|µs|μs|ms|s|m|h|d|w|[a-z]+)\s*)+$/i.test(text) || text === '0',
  // Go's parser skips blanks around an address.
  email: (text) => EMAIL.test(text.replaceAll(/^[ \t]+|[ \t]+$/g, '')),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  uri: isRequestUri,
  uuid: (text) => UUID.test(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) && text !== '',
  mac: (text) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text),
}

/** Whether a string has a format. */
export function hasFormat(text: string, format: string): boolean {
  return (Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined)?.(text) ?? true
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t')
  const [, hours = '99', minutes = '99', seconds = '99'] = TIME.exec(time) ?? []
  return isDate(date) && hours <= '23' && minutes <= '59' && seconds <= '59'
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/')
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128)
}

/** Go's `url.ParseRequestURI`. */
function isRequestUri(text: string): boolean {
  if (text === '*') return true
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to refuse.
  if (/[\x00-\x1f\x7f]/.test(text)) return false
  const [, scheme = '', afterScheme = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*:)?(.*)$/s.exec(text) ?? []
  const [rest = ''] = afterScheme.split('?', 1)
  if (!rest.startsWith('/')) return scheme !== ''
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))
  const [, authority = '', path = ''] = hasAuthority ? (/^\/\/([^/]*)(.*)$/s.exec(rest) ?? []) : ['', '', rest]
  const strict = /^https?:$/i.test(scheme)
  return isAuthority(authority, strict) && hasWholeEscapes(path)
}

/** @param strict - Whether host names must not contain colons, as for `http` */
function isAuthority(authority: string, strict: boolean): boolean {
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? '' : authority.slice(0, at)
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) || !hasWholeEscapes(user)) return false
  const host = authority.slice(at + 1)
  const [, address, zone = ''] = /^\[(.*?)(%25.*)?\](?::\d*)?$/s.exec(host) ?? []
  if (host.startsWith('[')) return address !== undefined && isIPv6(address) && hasWholeEscapes(zone)
  const colon = host.lastIndexOf(':')
  const name = colon < 0 ? host : host.slice(0, colon)
  if (strict && name.includes(':')) return false
  // The percent sign is the only ASCII character that may be escaped.
  const plain = name.replace(/%(25|[89A-Fa-f][0-9A-Fa-f])/g, '')
  const port = colon < 0 ? '' : host.slice(colon + 1)
  return /^\d*$/.test(port) && /^([A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"]|\P{ASCII})*$/u.test(plain)
}

function isHostname(text: string): boolean {
  const labels = text.split('.')
  return (
    Buffer.byteLength(text) <= 255 && HOSTNAME.test(text) && labels.every((label) => Buffer.byteLength(label) <= 63)
  )
}

function hasWholeEscapes(text: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(text)
}
