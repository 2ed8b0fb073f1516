/**
 * What an installation decides: the values of `render` and `deploy`.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { load } from 'js-yaml'
import * as v from 'valibot'
import { configurationProblem } from '../../shared/auth/index.ts'
import { isIssuer, isSecureAddress } from '../../shared/auth/policy.ts'
import { KUBE_IDENTITIES } from '../../shared/kube/identity.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import { NUMBERS, rateLimit } from '../../shared/runtime/settings.ts'
import { isOrigin, originsIn } from '../../shared/server/cors.ts'

const text = v.string('must be text')
const oneOf = <const Options extends readonly string[]>(...options: Options) =>
  v.picklist(options, `must be one of ${options.join(', ')}`)
const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`
  return v.pipe(
    v.union([v.number(), v.string()], rule),
    v.check((value) => /^\d+$/.test(String(value)), rule),
    v.transform(Number),
    v.check((value) => value >= min && value <= max, rule),
  )
}
const flag = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((value) => value === 'true'),
    ),
  ],
  'must be true or false',
)
const quantityRule = 'must be a quantity such as 100m or 64Mi'
/** YAML reads `cpu: 1` as a number. */
const quantity = v.pipe(
  v.union([v.string(), v.number()], quantityRule),
  v.transform(String),
  v.regex(/^[0-9.]+(m|[KMGT]i?)?$/, quantityRule),
)
const label = v.pipe(text, v.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label'))
const address = v.pipe(
  text,
  v.check(isSecureAddress, 'must be an https address (http only within the cluster or on loopback)'),
)
/** YAML has lists; the variable has blanks. */
const origins = v.pipe(
  v.union([v.string(), v.array(v.string())], 'must be a list of origins, or text that separates them by blanks'),
  v.transform((given) => (typeof given === 'string' ? given : given.join(' '))),
  v.check(
    (given) => originsIn(given).every(isOrigin),
    'must be origins such as https://console.example.com, no wildcard',
  ),
)
/** A policy may be written as YAML; the variable has JSON. */
const policy = v.pipe(
  v.union([v.string(), v.record(v.string(), v.unknown())], 'must be a policy, as JSON text or as a map'),
  v.transform((given) => (typeof given === 'string' ? given : JSON.stringify(given))),
)

/** The values, their rules and defaults. Keys of `--set` are their paths, e.g. `oidc.issuer`. */
const Fields = v.strictObject({
  /** Namespace that everything is installed in. */
  namespace: v.optional(label, 'kaphera-cloud-server'),
  /** Image with its digest. */
  image: v.pipe(
    text,
    v.regex(
      /^[^\s@]+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w][\w.-]{0,127})$/,
      'must be an image with its digest, or with a tag that stays the same, so not latest',
    ),
  ),
  imagePullPolicy: v.optional(oneOf('IfNotPresent', 'Always', 'Never'), 'IfNotPresent'),
  /** URL under which clients reach the API. */
  publicUrl: v.pipe(text, v.check(isOrigin, 'must be an origin such as https://api.example.com, without a path')),
  oidc: v.strictObject({
    issuer: v.pipe(text, v.check(isIssuer, 'must be an https address (http only on loopback)')),
    audience: v.pipe(
      text,
      v.check((given) => given.trim() !== '', 'must not be empty'),
    ),
    /** Address of the issuer inside the cluster, if it differs from the one that clients see. */
    discoveryUrl: v.optional(address),
    jwksUrl: v.optional(address),
    /** Scopes that the clients below ask for. */
    scopes: v.optional(text),
    cliClientId: v.optional(text),
    consoleClientId: v.optional(text),
  }),
  /** AUTH_POLICY. */
  authPolicy: v.optional(policy),
  platformNamespace: v.optional(label, 'kaphera-system'),
  kubeIdentity: v.optional(oneOf(...KUBE_IDENTITIES), 'function'),
  /** For `kubeIdentity: impersonate`: `constrained` from Kubernetes 1.36 on; older clusters know `any` only. */
  kubeImpersonation: v.optional(oneOf('constrained', 'any'), 'any'),
  corsOrigins: v.optional(origins),
  rateLimit: v.optional(
    v.pipe(
      text,
      v.check((given) => rateLimit(given) !== undefined, 'must be like 600/60, requests and seconds'),
    ),
  ),
  watchSeconds: v.optional(whole(...NUMBERS.WATCH_SECONDS)),
  kubeTimeoutMs: v.optional(whole(...NUMBERS.KUBE_TIMEOUT_MS)),
  kubeDeadlines: v.optional(whole(...NUMBERS.KUBE_DEADLINES)),
  listScanLimit: v.optional(whole(...NUMBERS.LIST_SCAN_LIMIT)),
  /** How requests come in: through the gateway function, or by a Gateway API HTTPRoute straight to the functions. */
  entry: v.optional(oneOf('gateway', 'httproute'), 'gateway'),
  /** For `entry: httproute`: the Gateway that the routes hang on, and the Service of Knative's ingress inside the cluster. */
  gateway: v.optional(
    v.strictObject({
      name: v.optional(label, 'gateway'),
      namespace: v.optional(label),
      backend: v.optional(
        v.strictObject({
          name: v.optional(label, 'kourier-internal'),
          namespace: v.optional(label, 'kourier-system'),
          port: v.optional(whole(1, 65535), 80),
        }),
        {},
      ),
    }),
    {},
  ),
  /** Pods kept while nobody asks, and pods at most. */
  minScale: v.optional(whole(0, 100), 0),
  maxScale: v.optional(whole(1, 1000), 10),
  /** Requests that a pod works on at once. */
  concurrency: v.optional(whole(1, 1000), 100),
  /** For the form without Knative. */
  replicas: v.optional(whole(1, 100), 2),
  resources: v.optional(
    v.strictObject({
      requests: v.optional(
        v.strictObject({ cpu: v.optional(quantity, '25m'), memory: v.optional(quantity, '64Mi') }),
        {},
      ),
      limits: v.optional(v.strictObject({ cpu: v.optional(quantity, '1'), memory: v.optional(quantity, '256Mi') }), {}),
    }),
    {},
  ),
  /** Whether a NetworkPolicy is part of the form without Knative. */
  networkPolicy: v.optional(flag, true),
})

/** The fields, and what holds between them. */
const Values = v.pipe(
  Fields,
  v.forward(
    v.partialCheck(
      [['minScale'], ['maxScale']],
      ({ minScale, maxScale }) => minScale <= maxScale,
      'must be at least minScale',
    ),
    ['maxScale'],
  ),
  v.forward(
    v.partialCheck(
      [['publicUrl'], ['entry']],
      ({ publicUrl, entry }) =>
        entry !== 'httproute' || isIP(URL.parse(publicUrl)?.hostname.replaceAll(/[[\]]/g, '') ?? '') === 0,
      'must have a name, no address, as the host of an HTTPRoute',
    ),
    ['publicUrl'],
  ),
  v.forward(
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed || dataset.issues !== undefined) return
      const problem = configurationProblem(settingsOf(dataset.value) as unknown as Environment)
      if (problem !== undefined) addIssue({ message: problem })
    }),
    ['authPolicy'],
  ),
)

/** The values of an installation, with the defaults filled in. */
export type InstallValues = v.InferOutput<typeof Values>

/** Values that cannot be used; the message names each and its rule. */
export class ValuesError extends Error {
  override readonly name: string = 'ValuesError'
}

/**
 * Reads values.
 * @param files - YAML files, later ones win
 * @param settings - `path=value` of the command line, which win over files
 * @throws {ValuesError} naming every value that is missing or breaks a rule
 */
export async function readValues(files: readonly string[], settings: readonly string[]): Promise<InstallValues> {
  return checked(Values, await givenIn(files, settings))
}

/**
 * Reads the namespace of an installation, whatever else is given or missing.
 * @throws {ValuesError} as {@link readValues}
 */
export async function readNamespace(files: readonly string[], settings: readonly string[]): Promise<string> {
  return checked(v.object({ namespace: Fields.entries.namespace }), await givenIn(files, settings)).namespace
}

async function givenIn(files: readonly string[], settings: readonly string[]): Promise<Record<string, unknown>> {
  // So that what is missing in it is named, too.
  let given: Record<string, unknown> = { oidc: {} }
  for (const file of files) given = merged(given, load(await readFile(file, 'utf8')) as Record<string, unknown>)
  for (const setting of settings) given = merged(given, parseSetting(setting))
  return given
}

function checked<Schema extends v.GenericSchema>(schema: Schema, given: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, given)
  if (result.success) return result.output
  const faults = result.issues.map((issue) => `  ${v.getDotPath(issue) ?? '(values)'}: ${rule(issue)}`)
  throw new ValuesError(`The values cannot be used:\n${faults.join('\n')}`)
}

/** The settings of the functions that follow from the values, by their variables. */
export function settingsOf(values: v.InferOutput<typeof Fields>): Record<string, string | undefined> {
  return {
    OIDC_ISSUER: values.oidc.issuer,
    OIDC_AUDIENCE: values.oidc.audience,
    OIDC_DISCOVERY_URL: values.oidc.discoveryUrl,
    OIDC_JWKS_URL: values.oidc.jwksUrl,
    OIDC_SCOPES: values.oidc.scopes,
    OIDC_CLI_CLIENT_ID: values.oidc.cliClientId,
    OIDC_CONSOLE_CLIENT_ID: values.oidc.consoleClientId,
    AUTH_POLICY: values.authPolicy,
    PLATFORM_NAMESPACE: values.platformNamespace,
    KUBE_IDENTITY: values.kubeIdentity,
    CORS_ORIGINS: values.corsOrigins,
    RATE_LIMIT: values.rateLimit,
    WATCH_SECONDS: values.watchSeconds?.toString(),
    KUBE_TIMEOUT_MS: values.kubeTimeoutMs?.toString(),
    KUBE_DEADLINES: values.kubeDeadlines?.toString(),
    LIST_SCAN_LIMIT: values.listScanLimit?.toString(),
    PUBLIC_URL: values.publicUrl,
  }
}

function rule(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message
  if (issue.expected === 'never') return 'is not known; infra/README.md has all values'
  return issue.received === 'undefined' ? 'is missing' : 'must be a map'
}

function parseSetting(setting: string): Record<string, unknown> {
  const [, path, value] = /^([A-Za-z][\w.]*)=(.*)$/s.exec(setting) ?? []
  if (path === undefined) throw new ValuesError(`--set ${setting}: must be path=value`)
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>
}

function merged(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base }
  for (const [key, value] of Object.entries(over ?? {})) {
    const old = result[key]
    result[key] = isMap(old) && isMap(value) ? merged(old, value) : value
  }
  return result
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
