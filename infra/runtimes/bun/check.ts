/**
 * `--check`: whether the server could work, line by line.
 */
import { readFileSync } from 'node:fs'
import { configurationOf } from '../../../shared/auth/configuration.ts'
import { authenticate, createAuthorizer } from '../../../shared/auth/index.ts'
import { publishedKeys } from '../../../shared/auth/token/discovery.ts'
import { isProblem, Problem } from '../../../shared/http/problem.ts'
import { createKubeClient, type KubeClient } from '../../../shared/kube/index.ts'
import type { Environment, ExecutionContext } from '../../../shared/runtime/environment.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'

const REVIEWS = { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectaccessreviews' }

/** What is checked, and the check, which tells what it found or throws. */
type Check = [name: string, run: () => Promise<string>]

/** What is checked besides the settings. */
export interface Checked {
  /** Address of the API server, as messages name it. */
  readonly cluster: string
  /** File with an access token, `-` for standard input. */
  readonly token?: string | undefined
  /** What is said of variables that are misspelled settings (default: none). */
  readonly misspelled?: readonly string[]
}

/** What was not checked because the API server cannot be reached. */
const NOT_CHECKED = 'Not checked: no cluster.'

/** The answer to a SelfSubjectAccessReview. */
interface Review {
  readonly status?: { readonly allowed?: boolean }
}

/**
 * Checks the cluster and the issuers. The settings are valid by now.
 * @param print - Gets each line: `ok` or `error`, what was checked, and what came of it
 * @returns Whether everything holds
 */
export async function check(
  env: Environment,
  ctx: ExecutionContext,
  print: (line: string) => void,
  { cluster, token, misspelled = [] }: Checked,
): Promise<boolean> {
  const kube = createKubeClient(env)
  const { issuers } = configurationOf(env)
  let isReached = true
  const reached = (run: () => Promise<string>) => async () => {
    if (!isReached) throw new Error(NOT_CHECKED)
    return run()
  }
  const checks: Check[] = [
    [
      `cluster ${cluster}`,
      async () => {
        try {
          return `The API server runs ${await kube.version()}.`
        } catch (error) {
          isReached = !isAway(error)
          throw error
        }
      },
    ],
    ['kinds', reached(() => kindsServed(kube))],
    ['rights', reached(() => rights(kube))],
    ...[...issuers.values()].map(
      (issuer): Check => [
        `issuer ${issuer.issuer}`,
        async () => {
          const address = issuer.jwksUrl ?? issuer.discoveryUrl
          // Not from the cache, whose error does not say why.
          await publishedKeys(issuer, env, ctx).catch((error: unknown) => {
            throw new Error(`Its keys cannot be read, starting from ${address}: ${reason(error)}`)
          })
          return 'Its keys were read.'
        },
      ],
    ),
    ...(token === undefined ? [] : [['token', () => caller(token, env, ctx, kube)] satisfies Check]),
  ]
  for (const text of misspelled) print(oneLine(`error  settings: ${text}`))
  let isOk = misspelled.length === 0
  if (isOk) print('ok     settings: All settings are valid.')
  for (const [name, run] of checks) {
    try {
      print(oneLine(`ok     ${name}: ${await run()}`))
    } catch (error) {
      isOk = false
      print(oneLine(`error  ${name}: ${reason(error)}`))
    }
  }
  return isOk
}

/** Claims and answers may contain anything, escape sequences of terminals included. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, '?')
}

async function kindsServed(kube: KubeClient): Promise<string> {
  const missing: string[] = []
  for (const [group, version] of new Map(Object.values(KINDS).map((kind) => [kind.group, kind.version]))) {
    const served = await kube.served(group, version)
    const kinds = Object.values(KINDS).filter((kind) => kind.group === group && !served.includes(kind.plural))
    missing.push(...kinds.map(({ plural }) => `${plural}.${group}/${version}`))
  }
  if (missing.length > 0) throw new Error(`The cluster does not serve ${missing.join(', ')}.`)
  return `The cluster serves all ${Object.keys(KINDS).length} kinds.`
}

/** Listing stands for all rights, because every function needs it and it is granted together with the others. */
async function rights(kube: KubeClient): Promise<string> {
  const reviews = kube.objects<Review>(REVIEWS)
  const missing: string[] = []
  for (const { group, plural } of Object.values(KINDS)) {
    const review = { spec: { resourceAttributes: { verb: 'list', group, resource: plural } } }
    const { status } = await reviews.create({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      ...review,
    })
    if (status?.allowed !== true) missing.push(plural)
  }
  if (missing.length > 0)
    throw new Error(`The credentials do not allow listing ${missing.join(', ')} in all namespaces.`)
  return 'The credentials allow listing every kind in all namespaces.'
}

/** Whose the token is, and what its owner may do. */
async function caller(file: string, env: Environment, ctx: ExecutionContext, kube: KubeClient): Promise<string> {
  const token = readFileSync(file === '-' ? process.stdin.fd : file, 'utf8').trim()
  const headers = { Authorization: `Bearer ${token}` }
  const principal = await authenticate(new Request('http://localhost/v1/me', { headers }), env, ctx)
  const { subject, username, clientId, platformRole } = principal
  const who = [`subject ${subject}`, username && `username ${username}`, clientId && `client ${clientId}`]
  const organizations = await createAuthorizer(env, kube, principal, ctx)
    .organizations()
    .catch((error: unknown) => {
      throw isAway(error)
        ? new Error(
            `Its roles were not checked: no cluster. The token itself is accepted: ${who.filter(Boolean).join(', ')}.`,
          )
        : error
    })
  const roles = [
    ...(platformRole === undefined ? [] : [platformRole]),
    ...organizations.map(({ name, role }) => `${role} of ${name}`),
  ]
  return `Accepted: ${who.filter(Boolean).join(', ')}; ${roles.length === 0 ? 'no role' : roles.join(', ')}.`
}

/** Whether the API server does not answer, or something else answers in its place. */
function isAway(error: unknown): boolean {
  return isProblem(error, 'cluster_unavailable', 'deadline_exceeded')
}

/** Why a check failed. Names of classes say nothing in the binary, where they are shortened. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error).replace(/^[\w$]+: /, '')
  if (!(error instanceof Problem)) return text
  return error.cause === undefined ? error.detail : `${error.detail} (${reason(error.cause)})`
}
