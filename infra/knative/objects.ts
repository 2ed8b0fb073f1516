/**
 * Parts that every form of an installation has: names, labels, the container, its ServiceAccount and rights.
 * @module
 */
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'
import { impersonatorRules } from '../rbac/impersonator.ts'
import { type InstallValues, settingsOf } from './values.ts'

/** A Kubernetes object to be applied. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** One function as it is installed. */
export interface Installed {
  readonly name: string
  /** SHA-256 of what it is made of (infra/bundle/manifest.ts). */
  readonly hash: string
  readonly rbac: readonly PolicyRule[]
  /** Functions that it calls. */
  readonly calls: readonly string[]
  /** Image that it runs from: the current one, or the one of an earlier release if the function is still the same. */
  readonly image: string
}

/** Annotation with the content hash of the function that runs. */
export const HASH_ANNOTATION = 'cloud.kaphera.com/content-hash'
/** Label of everything that belongs to an installation. */
const PART_OF = 'app.kubernetes.io/part-of'
/** Value of it. */
export const PRODUCT = 'kaphera-cloud-server'
/** Port that every function listens on. */
export const PORT = 8080

/** Port that Prometheus asks; clients never reach it through a Service. */
export const METRICS_PORT = 9464
/** Argument of workerd that opens it. */
export const METRICS_ARGUMENT: string = `--socket-addr=metrics=*:${METRICS_PORT}`
/** By which Prometheus commonly finds pods. */
export const SCRAPE_ANNOTATIONS: Readonly<Record<string, string>> = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(METRICS_PORT),
  'prometheus.io/path': '/metrics',
}

/** Labels of an object. */
export function labels(component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': PRODUCT,
    'app.kubernetes.io/component': component,
    [PART_OF]: PRODUCT,
  }
}

/** Environment of the container. */
export function environment(values: InstallValues, more: Readonly<Record<string, string | undefined>> = {}): object[] {
  const variables: Record<string, string | undefined> = {
    ...settingsOf(values),
    // The cluster's authority beside those of the image.
    SSL_CERT_FILE: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    SSL_CERT_DIR: '/etc/ssl/certs',
    ...more,
  }
  return Object.entries(variables)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => ({ name, value }))
}

/** The container of a function, or of the whole server. */
export function container(
  values: InstallValues,
  installed: Pick<Installed, 'name' | 'image'>,
  args: readonly string[],
  env: object[],
): object {
  return {
    name: 'server',
    image: installed.image,
    imagePullPolicy: values.imagePullPolicy,
    args,
    env,
    ports: [{ name: 'http1', containerPort: PORT }],
    readinessProbe: { httpGet: { path: '/healthz', port: PORT }, periodSeconds: 5, timeoutSeconds: 2 },
    livenessProbe: {
      httpGet: { path: '/healthz', port: PORT },
      periodSeconds: 20,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    resources: values.resources,
    securityContext: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

/**
 * The rules of a ServiceAccount.
 * @param rules - What its functions need
 */
export function accountRules(
  values: Pick<InstallValues, 'kubeIdentity' | 'kubeImpersonation'>,
  rules: readonly PolicyRule[],
): PolicyRule[] {
  const actsAsCaller = values.kubeIdentity === 'impersonate' && rules.length > 0
  return actsAsCaller ? impersonatorRules(rules, values.kubeImpersonation === 'constrained') : merge(rules)
}

/**
 * The ServiceAccount of a function with its ClusterRole: its kind lies in the namespaces of all organisations.
 * @param name - Of all three objects, in the installation's namespace
 */
export function account(
  values: Pick<InstallValues, 'namespace'>,
  name: string,
  rules: readonly PolicyRule[],
): Manifest[] {
  const { namespace } = values
  const role = `${PRODUCT}-${name}`
  const metadata = { name: role, labels: labels(name) }
  const serviceAccount: Manifest = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, labels: labels(name) },
  }
  if (rules.length === 0) return [serviceAccount]
  return [
    serviceAccount,
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}
