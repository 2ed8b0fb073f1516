/**
 * The string formats, exactly as strict as the API server checks them, even where it differs from the RFC.
 * @see {@link https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation/strfmt}
 */
import { isEmailAddress } from './email-address.ts'
import { isRequestUri } from './request-uri.ts'
import type { Format } from './structural.ts'

/** `date`: full-date of RFC 3339; the day must exist. */
export const date: Format = { name: 'a date such as 2026-01-31', matches: isDate }

/** `date-time` of RFC 3339. */
export const dateTime: Format = { name: 'a time such as 2026-01-31T12:00:00Z', matches: isDateTime }

/** `hostname`: a DNS name; symbols and letters of any script are allowed. */
export const hostname: Format = { name: 'a host name', matches: isHostname }

/** `uri`: what Go's net/url.ParseRequestURI accepts, including an absolute path. */
export const uri: Format = { name: 'a URI', matches: isRequestUri }

/** `email`: what Go's net/mail.ParseAddress accepts, including a display name. */
export const email: Format = { name: 'an e-mail address', matches: isEmailAddress }

/** `uuid`: with or without dashes, in any case. */
export const uuid: Format = {
  name: 'a UUID',
  matches: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
  return day >= 1 && day <= days
}

function isDateTime(text: string): boolean {
  // The API server ignores what follows a second "t" and accepts any character before the fraction.
  const [day = '', time = ''] = text.toLowerCase().split('t')
  const match = /^(\d{2}):(\d{2}):(\d{2})([^\n]\d+)?(z|[+-]\d{2}:\d{2})$/u.exec(time)
  const [, hours = '99', minutes = '99', seconds = '99'] = match ?? []
  return isDate(day) && hours <= '23' && minutes <= '59' && seconds <= '59'
}

const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u

function isHostname(text: string): boolean {
  // At most 255 bytes, and 63 per label.
  if (text.length > 255 || !HOSTNAME.test(text)) return false
  const bytes = (part: string): number => new TextEncoder().encode(part).byteLength
  return bytes(text) <= 255 && text.split('.').every((label) => bytes(label) <= 63)
}
