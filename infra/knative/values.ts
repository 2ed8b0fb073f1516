/**
 * What an installation decides: the values of `render` and `deploy`.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { load } from 'js-yaml'
import * as v from 'valibot'

const quantity = v.pipe(v.string(), v.regex(/^[0-9.]+(m|[KMGT]i?)?$/, 'must be a quantity such as 100m or 64Mi'))
const whole = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  )
const flag = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
])
const label = v.pipe(v.string(), v.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label'))
const https = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s?#]+[^/\s?#]$/, 'must be a URL without a trailing slash'))

/** The values, their rules and defaults. Keys of `--set` are their paths, e.g. `oidc.issuer`. */
const Values = v.strictObject({
  /** Namespace that everything is installed in. */
  namespace: v.optional(label, 'kaphera-cloud-server'),
  /** Image with its digest. */
  image: v.pipe(
    v.string(),
    v.regex(/^[^\s@]+(@sha256:[0-9a-f]{64}|:[\w][\w.-]{0,127})$/, 'must be an image with its digest (or a fixed tag)'),
  ),
  imagePullPolicy: v.optional(v.picklist(['IfNotPresent', 'Always', 'Never']), 'IfNotPresent'),
  /** URL under which clients reach the API. */
  publicUrl: https,
  oidc: v.strictObject({
    issuer: https,
    audience: v.pipe(v.string(), v.nonEmpty()),
    /** Address of the issuer inside the cluster, if it differs from the one that clients see. */
    discoveryUrl: v.optional(https),
    jwksUrl: v.optional(https),
    /** Scopes that the clients below ask for. */
    scopes: v.optional(v.string()),
    cliClientId: v.optional(v.string()),
    consoleClientId: v.optional(v.string()),
  }),
  /** AUTH_POLICY, as JSON text. */
  authPolicy: v.optional(v.string()),
  platformNamespace: v.optional(label, 'kaphera-system'),
  kubeIdentity: v.optional(v.picklist(['function', 'impersonate', 'caller']), 'function'),
  /** For `kubeIdentity: impersonate`: `constrained` from Kubernetes 1.36 on; older clusters know `any` only. */
  kubeImpersonation: v.optional(v.picklist(['constrained', 'any']), 'any'),
  corsOrigins: v.optional(v.string()),
  rateLimit: v.optional(v.string()),
  watchSeconds: v.optional(whole(1, 290)),
  kubeTimeoutMs: v.optional(whole(100, 60_000)),
  listScanLimit: v.optional(whole(1, 100_000)),
  /** How requests come in: through the gateway function, or by a Gateway API HTTPRoute straight to the functions. */
  entry: v.optional(v.picklist(['gateway', 'httproute']), 'gateway'),
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
  let given: Record<string, unknown> = {}
  for (const file of files) given = merged(given, load(await readFile(file, 'utf8')) as Record<string, unknown>)
  for (const setting of settings) given = merged(given, parseSetting(setting))
  const result = v.safeParse(Values, given)
  if (result.success) return result.output
  const faults = result.issues.map((issue) => `  ${v.getDotPath(issue) ?? '(values)'}: ${issue.message}`)
  throw new ValuesError(`The values cannot be used:\n${faults.join('\n')}`)
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
