/**
 * Reads the values of `render` and `deploy`, and checks the rules between them.
 */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { load } from 'js-yaml'
import * as v from 'valibot'
import { configurationErrors } from '../../shared/auth/index.ts'
import { isObject } from '../../shared/kind/object.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import { Fields } from './values/fields.ts'
import { type Form, misplaced } from './values/form.ts'
import { withoutVariable } from './values/types.ts'

/** The fields, and the rules between them. */
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
      [['publicUrl'], ['entry'], ['ingress', 'enabled']],
      ({ publicUrl, entry, ingress }) => (entry !== 'httproute' && !ingress.enabled) || isIP(hostOf(publicUrl)) === 0,
      'must have a host name, not an IP address, for an HTTPRoute or Ingress',
    ),
    ['publicUrl'],
  ),
  v.forward(
    v.partialCheck(
      [['entry'], ['ingress', 'enabled']],
      ({ entry, ingress }) => entry === 'gateway' || !ingress.enabled,
      'must be false with entry: httproute',
    ),
    ['ingress', 'enabled'],
  ),
  v.forward(
    v.rawCheck(({ dataset, addIssue }) => {
      // Only what contradicts other values is left to say.
      if (!dataset.typed || dataset.issues !== undefined) return
      for (const error of configurationErrors(settingsOf(dataset.value) as unknown as Environment))
        addIssue({ message: withoutVariable(error) })
    }),
    ['authPolicy'],
  ),
)

/** The values of an installation, with the defaults filled in. */
export type InstallValues = v.InferOutput<typeof Values>

/** Values that are not valid; the message names each one with its rule. */
export class ValuesError extends Error {
  override readonly name: string = 'ValuesError'
}

/**
 * The error of values that are not valid.
 * @param errors - Each with the path of its value
 */
export function invalidValues(errors: readonly string[]): ValuesError {
  return new ValuesError(`The values are not valid:\n${errors.map((error) => `  ${error}`).join('\n')}`)
}

/**
 * Reads values.
 * @param files - YAML files; later ones override earlier ones
 * @param settings - `path=value` from the command line; they override files
 * @param form - The form that they are for
 * @throws {ValuesError} if a value is missing, breaks a rule or belongs to the other form; it names all of them
 */
export async function readValues(
  files: readonly string[],
  settings: readonly string[],
  form: Form = 'knative',
): Promise<InstallValues> {
  const given = await givenIn(files, settings)
  return checked(Values, given, misplaced(given, form))
}

/**
 * Reads the namespace of an installation and ignores all other values.
 * @throws {ValuesError} as {@link readValues}
 */
export async function readNamespace(files: readonly string[], settings: readonly string[]): Promise<string> {
  return checked(v.object({ namespace: Fields.entries.namespace }), await givenIn(files, settings)).namespace
}

async function givenIn(files: readonly string[], settings: readonly string[]): Promise<Record<string, unknown>> {
  // So that values missing in `oidc` are named, too.
  let given: Record<string, unknown> = { oidc: {} }
  for (const file of files) given = merged(given, await readFileOfValues(file))
  for (const setting of settings) given = merged(given, parseSetting(setting))
  return given
}

async function readFileOfValues(file: string): Promise<Record<string, unknown>> {
  let values: unknown
  try {
    values = load(await readFile(file, 'utf8'))
  } catch (error) {
    throw new ValuesError(`--values ${file}: ${error instanceof Error ? error.message : error}`)
  }
  if (!isObject(values)) throw new ValuesError(`--values ${file}: must be a map of values`)
  return values
}

/** @param errors - What is wrong besides what the schema says */
function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  given: unknown,
  errors: readonly string[] = [],
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, given)
  if (result.success && errors.length === 0) return result.output
  const faults = (result.issues ?? []).map((issue) => `${v.getDotPath(issue) ?? '(values)'}: ${rule(issue)}`)
  throw invalidValues([...faults, ...errors])
}

/** The environment variables of the functions, as they follow from the values. */
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
    REQUESTS_IN_PROGRESS: values.requestsInProgress?.toString(),
    REQUESTS_PER_CALLER: values.requestsPerCaller?.toString(),
    WATCH_SECONDS: values.watchSeconds?.toString(),
    KUBE_TIMEOUT_MS: values.kubeTimeoutMs?.toString(),
    KUBE_DEADLINES: values.kubeDeadlines?.toString(),
    LIST_SCAN_LIMIT: values.listScanLimit?.toString(),
    PUBLIC_URL: values.publicUrl,
    ...Object.fromEntries(Object.entries(values.otel ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))),
  }
}

/** The host name of an origin; an IPv6 address without brackets. */
export function hostOf(origin: string): string {
  return URL.parse(origin)?.hostname.replaceAll(/[[\]]/g, '') ?? ''
}

function rule(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return issue.message
  if (issue.expected === 'never') return 'is unknown; infra/README.md lists all values'
  return issue.received === 'undefined' ? 'is missing' : 'must be a map'
}

function parseSetting(setting: string): Record<string, unknown> {
  const [, path, value] = /^([A-Za-z][\w.]*)=(.*)$/s.exec(setting) ?? []
  if (path === undefined) throw new ValuesError(`--set ${setting}: must be path=value`)
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>
}

function merged(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const old = result[key]
    result[key] = isObject(old) && isObject(value) ? merged(old, value) : value
  }
  return result
}
