/**
 * KUBE_IDENTITY: the identity that the cluster sees.
 *
 * `function`: the ServiceAccount of the function, limited by its Role. `impersonate`: the caller, so that the cluster's RBAC
 * decides as well and its audit log shows the person. `caller`: the caller, by the caller's own token, if the API server trusts
 * the same issuer; with kubectl this token has the same rights, without the rules of this server.
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/}
 */
import type { Environment } from '../runtime/environment.ts'
import type { KubeRequest } from './request-factory.ts'

/** The values of KUBE_IDENTITY. */
export const KUBE_IDENTITIES = ['function', 'impersonate', 'caller'] as const

/** The identity that the cluster sees. */
export type KubeIdentity = (typeof KUBE_IDENTITIES)[number]

/** Maximum number of groups that are sent. */
const GROUP_LIMIT = 64
/** Prefix of every user and group that is sent, so that none is the cluster's own. */
const PREFIX = 'kaphera:'

/** What the cluster learns about the caller. */
export interface KubeCaller {
  readonly principal: {
    /** User name in the cluster, with our prefix. */
    readonly clusterUser: string
    /** The access token, verbatim. */
    readonly token: string
  }
  readonly requestId: string
  /** Aborted when the client has left: what is read for it is no longer needed. */
  readonly signal?: AbortSignal | undefined
  readonly authorizer: {
    /** Organization and groups (with our prefix) of the caller in a namespace, or in all namespaces if it is absent. */
    standingIn(namespace: string | undefined): {
      readonly organization?: string | undefined
      readonly groups: readonly string[]
    }
    /** Called after each write that stores something, so that caches forget what it changed. */
    noteWrite(write: Written): void
  }
}

/** A write: its name is in the body if it creates. */
export type Written = Pick<KubeRequest, 'plural' | 'namespace' | 'name' | 'body'>

/**
 * The value of KUBE_IDENTITY (default: `function`).
 * @throws {TypeError} for another value: a misspelled setting must not choose an identity
 */
export function kubeIdentity(env: Pick<Environment, 'KUBE_IDENTITY'>): KubeIdentity {
  const value = env.KUBE_IDENTITY || 'function'
  const identity = KUBE_IDENTITIES.find((candidate) => candidate === value)
  if (identity === undefined) throw new TypeError(`KUBE_IDENTITY must be one of ${KUBE_IDENTITIES.join(', ')}`)
  return identity
}

/**
 * Adds the headers with which the function's ServiceAccount impersonates the caller.
 * @param headers - Headers of the request. Each group becomes a header line, as the API server requires
 * @param namespace - Namespace of the request; absent for all namespaces
 * @throws {TypeError} if the user or a group lacks our prefix
 */
export function impersonate(headers: Headers, caller: KubeCaller, namespace: string | undefined): void {
  const { organization, groups } = caller.authorizer.standingIn(namespace)
  for (const name of [caller.principal.clusterUser, ...groups]) {
    if (!name.startsWith(PREFIX)) throw new TypeError('only names with our own prefix are impersonated')
  }
  headers.set('Impersonate-User', caller.principal.clusterUser)
  for (const group of groups.slice(0, GROUP_LIMIT)) headers.append('Impersonate-Group', group)
  // The keys are cloud.kaphera.com/request-id and cloud.kaphera.com/organization; header names have no slash.
  headers.set('Impersonate-Extra-cloud.kaphera.com%2Frequest-id', caller.requestId)
  if (organization !== undefined) headers.set('Impersonate-Extra-cloud.kaphera.com%2Forganization', organization)
}
