/**
 * Types of values. Each also knows its JSON Schema for the Helm chart: what is a function here is a pattern there, in syntax
 * that JavaScript and Go share.
 */
import * as v from 'valibot'
import { isIssuer, isSecureAddress, Policy, parsePolicy } from '../../../shared/auth/policy.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { NUMBERS, rateLimit } from '../../../shared/runtime/settings.ts'
import { invalidOrigins, isOrigin } from '../../../shared/server/cors.ts'
import { SAMPLERS } from '../../../shared/tracing/sampler.ts'
import { PROTOCOLS, readTracing } from '../../../shared/tracing/settings.ts'
import { jsonSchema } from './schema.ts'

/** States the JSON Schema of a value whose rules are functions. */
const inSchema = <Value>(schema: Readonly<Record<string, unknown>>) =>
  v.metadata<Value, { readonly schema: typeof schema }>({ schema })

/** Any text. */
export const text = v.string('must be text')

/** One of several words. */
export const oneOf = <const Options extends readonly string[]>(...options: Options) =>
  v.picklist(options, `must be one of ${options.join(', ')}`)

/** A whole number; `--set` brings it as text. */
export const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`
  return v.pipe(
    v.union([v.number(), v.string()], rule),
    v.check((value) => /^\d+$/.test(String(value)), rule),
    v.transform(Number),
    v.check((value) => value >= min && value <= max, rule),
    inSchema<number>({ type: 'integer', minimum: min, maximum: max }),
  )
}

/** A whole number within the limits of a setting. */
export const setting = (name: keyof typeof NUMBERS) => whole(NUMBERS[name][0], NUMBERS[name][1])

/** True or false; `--set` brings it as text. */
export const flag = v.pipe(
  v.union(
    [
      v.boolean(),
      v.pipe(
        v.picklist(['true', 'false']),
        v.transform((value) => value === 'true'),
      ),
    ],
    'must be true or false',
  ),
  inSchema<boolean>({ type: 'boolean' }),
)

const quantityRule = 'must be a quantity such as 100m or 64Mi'
const quantityPattern = '^[0-9.]+(m|[KMGT]i?)?$'
/** A quantity. YAML reads `cpu: 1` as a number. */
export const quantity = v.pipe(
  v.union([v.string(), v.number()], quantityRule),
  v.transform(String),
  v.regex(new RegExp(quantityPattern), quantityRule),
  inSchema<string>({ type: ['string', 'number'], pattern: quantityPattern }),
)

/** A name that may be a part of host names (RFC 1123). */
export const label = v.pipe(text, v.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label'))

/** The name of an object. */
export const objectName = v.pipe(
  text,
  v.regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of an object'),
)

/** An image that does not change under its name. */
export const image = v.pipe(
  text,
  v.regex(
    /^[^\s@]+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w][\w.-]{0,127})$/,
    'must be an image with its digest, or with a fixed tag other than latest',
  ),
  inSchema<string>({
    pattern: '^[^\\s@]+(@sha256:[0-9a-f]{64}|:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})$',
    not: { pattern: ':latest$' },
  }),
)

const LOOPBACK = '(localhost|[a-z0-9-]+\\.localhost|127(\\.[0-9]+){3}|\\[::1\\])'
const INSIDE = '([^./?#@\\s:]+|[^/?#@\\s:]+\\.svc(\\.[a-z0-9.-]+)?)'

/** The address of an issuer. */
export const issuer = v.pipe(
  text,
  v.check(isIssuer, 'must be an https URL (http only on loopback)'),
  inSchema<string>({ pattern: `^(https://[^/?#@\\s]+|http://${LOOPBACK}(:[0-9]+)?)(/[^?#\\s]*)?$` }),
)

/** An address from which keys may be read. */
export const address = v.pipe(
  text,
  v.check(isSecureAddress, 'must be an https URL (http only within the cluster or on loopback)'),
  inSchema<string>({ pattern: `^(https://[^/?#@\\s]+|http://(${LOOPBACK}|${INSIDE})(:[0-9]+)?)([/?][^#\\s]*)?$` }),
)

/** Scheme, host and port of a web page or server. */
export const origin = v.pipe(
  text,
  v.check(isOrigin, 'must be an origin such as https://api.example.com, without a path'),
  inSchema<string>({ pattern: '^https?://[^/?#@\\s]+$' }),
)

/** Text with something in it. */
export const nonEmpty = v.pipe(
  text,
  v.check((given) => given.trim() !== '', 'must not be empty'),
  inSchema<string>({ pattern: '\\S' }),
)

/** Several origins: a list, or text with spaces between them. */
export const origins = v.pipe(
  v.union([v.string(), v.array(v.string())], 'must be a list of origins, or text with spaces between them'),
  v.transform((given) => (typeof given === 'string' ? given : given.join(' '))),
  v.check(
    (given) => invalidOrigins(given).length === 0,
    'must be origins such as https://console.example.com, without wildcards',
  ),
  inSchema<string>({
    type: ['string', 'array'],
    pattern: '^[^*]*$',
    items: { type: 'string', pattern: '^https?://[^/?#@*\\s]+$' },
  }),
)

/** A policy: JSON text, or a map, which becomes such text. */
export const policy = v.pipe(
  v.union([v.string(), v.record(v.string(), v.unknown())], 'must be a policy, as JSON text or as a map'),
  v.transform((given) => (typeof given === 'string' ? given : canonicalJson(given))),
  v.rawCheck(({ dataset, addIssue }) => {
    try {
      if (dataset.typed) parsePolicy(dataset.value)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      addIssue({ message: withoutVariable(error.message) })
    }
  }),
  inSchema<string>({ ...jsonSchema(Policy), type: ['string', 'object'] }),
)

/** What is wrong with a policy, without the name of its variable. */
export function withoutVariable(error: string): string {
  return error.replace(/^AUTH_POLICY (is not valid: )?/, '')
}

/** A rate limit, such as `600/60`. */
export const rate = v.pipe(
  text,
  v.check((given) => rateLimit(given) !== undefined, 'must be requests/seconds, e.g. 600/60'),
  inSchema<string>({ pattern: '^[1-9][0-9]{0,6}/[1-9][0-9]{0,4}$' }),
)

/** The address of a proxy, without credentials, which belong in a Secret. */
export const proxyAddress = v.pipe(
  text,
  v.check(isOrigin, 'must be an address such as http://proxy.example.com:3128, without credentials'),
  inSchema<string>({ pattern: '^https?://[^/?#@\\s]+$' }),
)

/** Labels or annotations. */
export const texts = v.record(v.string(), text, 'must be a map of texts')

/** The schema of a text that is empty or one of some words, in small or capital letters. */
const wordIn = (words: readonly string[]) => {
  const anyCase = (word: string): string => word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
  return { type: 'string', pattern: `^(${words.map(anyCase).join('|')})?$` }
}

/** Settings of OpenTelemetry by the names of their variables. */
export const openTelemetry = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(/^OTEL_[A-Z_]+$/, 'must be a variable of OpenTelemetry')),
    text,
    'must be a map of variables',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const message of readTracing(dataset.value as unknown as Environment).errors) addIssue({ message })
  }),
  inSchema<Record<string, string>>({
    patternProperties: {
      '^OTEL_SDK_DISABLED$': wordIn(['true', 'false']),
      '^OTEL_TRACES_SAMPLER$': wordIn(SAMPLERS),
      '^OTEL_EXPORTER_OTLP_(TRACES_)?PROTOCOL$': wordIn(PROTOCOLS),
    },
  }),
)

/** A part of a pod that Kubernetes itself checks. */
export const map = v.record(v.string(), v.unknown(), 'must be a map')

/** A list of such parts. */
export const maps = v.array(map, 'must be a list of maps')

/**
 * JSON whose properties are sorted, so that equal values have equal texts. Helm's `toRawJson` makes the same.
 */
export function canonicalJson(value: unknown): string {
  const sorted = (_: string, inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner
  return JSON.stringify(value, sorted)
}
