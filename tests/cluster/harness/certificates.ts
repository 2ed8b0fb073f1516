/**
 * The certificate authority of one test cluster and what it signs, made by the openssl command.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { requireTool } from './requirement.ts'

/** Names under which the API server is reached, here and by a pod. */
const SERVING_NAMES = 'DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1'
const DAYS = '30'

/** Paths of PEM files. */
export interface ClusterCertificates {
  /** Certificate of the authority: what a client has to trust. */
  readonly caFile: string
  readonly servingCert: string
  readonly servingKey: string
  /** Client certificate of `system:masters`. */
  readonly adminCert: string
  readonly adminKey: string
  /** Signs and verifies ServiceAccount tokens. */
  readonly serviceAccountKey: string
}

/**
 * Makes a new authority, a serving certificate and an administrator's client certificate.
 * @param directory - Takes the files
 * @throws {MissingRequirement} without openssl
 */
export function createCertificates(directory: string): ClusterCertificates {
  requireTool('openssl')
  const path = (name: string): string => join(directory, name)
  const caFile = path('ca.crt')
  const caKey = path('ca.key')
  // A unique name, for a process that trusts several clusters at once.
  openssl([
    'req',
    '-x509',
    ...newKey(caKey),
    '-subj',
    `/CN=kaphera test cluster ${randomBytes(4).toString('hex')}`,
    ...extensions(CA_EXTENSIONS),
    '-days',
    DAYS,
    '-out',
    caFile,
  ])
  const sign = (name: string, subject: string, wanted: readonly string[]): void =>
    openssl([
      'req',
      '-x509',
      ...newKey(path(`${name}.key`)),
      '-subj',
      subject,
      ...extensions(wanted),
      '-days',
      DAYS,
      '-CA',
      caFile,
      '-CAkey',
      caKey,
      '-out',
      path(`${name}.crt`),
    ])
  sign('serving', '/CN=kube-apiserver', [
    `subjectAltName=${SERVING_NAMES}`,
    'extendedKeyUsage=serverAuth',
    'basicConstraints=critical,CA:FALSE',
  ])
  sign('admin', '/O=system:masters/CN=cluster-admin', [
    'extendedKeyUsage=clientAuth',
    'basicConstraints=critical,CA:FALSE',
  ])
  openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', path('service-account.key')])
  return {
    caFile,
    servingCert: path('serving.crt'),
    servingKey: path('serving.key'),
    adminCert: path('admin.crt'),
    adminKey: path('admin.key'),
    serviceAccountKey: path('service-account.key'),
  }
}

const CA_EXTENSIONS = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file]
}

function extensions(lines: readonly string[]): string[] {
  return lines.flatMap((line) => ['-addext', line])
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
