/**
 * The API server and the credentials for it, as the single binary gets them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Authorities } from './authorities.ts'

/** The API server and the credentials for it. */
export interface Cluster {
  /** Scheme, host, port, and the path before that of each request. */
  readonly address: URL
  /**
   * The bearer token, read at each call because files are rotated. Absent if a client certificate takes its place.
   * @throws {Error} if its file cannot be read
   */
  readonly token?: () => string
  /** Trusted certificate authorities, PEM. */
  authorities(): readonly string[]
  /** The client certificate and its key, PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string }
}

/** The cluster as a pod sees it. */
export interface PodOptions {
  readonly address: URL
  /** The projected ServiceAccount directory. */
  readonly serviceAccount: string
  readonly authorities: Authorities
}

/** The cluster that this process runs in, with its ServiceAccount. */
export function clusterOfPod({ address, serviceAccount, authorities }: PodOptions): Cluster {
  return {
    address,
    token() {
      try {
        return readFileSync(join(serviceAccount, 'token'), 'utf8')
      } catch (error) {
        throw new Error(`${(error as Error).message}; outside a pod use --kubeconfig`)
      }
    },
    authorities: () => authorities.ofCluster(),
  }
}
