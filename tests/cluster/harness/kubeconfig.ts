/**
 * A kubeconfig for kubectl and for everything else that reads one.
 * @see {@link https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/}
 */
import { writeFileSync } from 'node:fs'
import { dump } from 'js-yaml'
import type { ClusterCertificates } from './certificates.ts'

/**
 * Writes a kubeconfig with one context, `kaphera-test`, that authenticates by client certificate.
 * @param file - Path to write
 * @param server - URL of the API server
 * @returns `file`
 */
export function writeKubeconfig(file: string, server: string, certificates: ClusterCertificates): string {
  const name = 'kaphera-test'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority': certificates.caFile } }],
    users: [{ name, user: { 'client-certificate': certificates.adminCert, 'client-key': certificates.adminKey } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
  writeFileSync(file, dump(config), { mode: 0o600 })
  return file
}
