/**
 * As whom the cluster sees a request: KUBE_IDENTITY.
 *
 * `function`: as the ServiceAccount of the function; its Role is the limit. `impersonate`: as the caller, so that the
 * cluster's RBAC decides as well and its audit log shows the person. `caller`: with the caller's own token, where the API
 * server trusts the same issuer.
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/}
 * @module
 */
import type { Environment } from '../runtime/environment.ts'

/** The values of KUBE_IDENTITY. */
export const KUBE_IDENTITIES = ['function', 'impersonate', 'caller'] as const

/** As whom the cluster sees a request. */
export type KubeIdentity = (typeof KUBE_IDENTITIES)[number]

/** Groups that are sent at most. */
const GROUP_LIMIT = 64
/** Start of every user and group that is sent: none of the cluster's own can be meant. */
const PREFIX = 'kaphera:'

/** Who asks, as far as the cluster is told. */
export interface KubeCaller {
  readonly principal: {
    /** Name in the cluster, with our prefix. */
    readonly clusterUser: string
    /** The access token, verbatim. */
    readonly token: string
  }
  readonly requestId: string
  readonly authoriser: {
    /** Organisation and groups (with our prefix) of the caller in a namespace; absent for all namespaces. */
    standingIn(namespace: string | undefined): {
      readonly organization?: string | undefined
      readonly groups: readonly string[]
    }
    /** Told after each write: what is remembered of such objects is out of date. */
    noteWrite(plural: string): void
  }
}

/**
 * The value of KUBE_IDENTITY; `function` if it is not set.
 * @throws {TypeError} if it is something else: a misspelt setting must not choose an identity
 */
export function kubeIdentity(env: Pick<Environment, 'KUBE_IDENTITY'>): KubeIdentity {
  const value = env.KUBE_IDENTITY || 'function'
  const identity = KUBE_IDENTITIES.find((candidate) => candidate === value)
  if (identity === undefined) throw new TypeError(`KUBE_IDENTITY must be one of ${KUBE_IDENTITIES.join(', ')}`)
  return identity
}

/**
 * Adds the headers by which the function's ServiceAccount acts as the caller.
 * @param headers - To be sent; each group becomes a line of its own, as the API server wants it
 * @param namespace - That the request is for; absent for all
 * @throws {TypeError} if user or group lack our prefix
 */
export function impersonate(headers: Headers, caller: KubeCaller, namespace: string | undefined): void {
  const { organization, groups } = caller.authoriser.standingIn(namespace)
  for (const name of [caller.principal.clusterUser, ...groups]) {
    if (!name.startsWith(PREFIX)) throw new TypeError('only names with our own prefix are impersonated')
  }
  headers.set('Impersonate-User', caller.principal.clusterUser)
  for (const group of groups.slice(0, GROUP_LIMIT)) headers.append('Impersonate-Group', group)
  // The keys are cloud.kaphera.com/request-id and cloud.kaphera.com/organization; header names have no slash.
  headers.set('Impersonate-Extra-cloud.kaphera.com%2Frequest-id', caller.requestId)
  if (organization !== undefined) headers.set('Impersonate-Extra-cloud.kaphera.com%2Forganization', organization)
}
