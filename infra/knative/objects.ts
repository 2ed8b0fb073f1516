/**
 * Parts that both forms of an installation share: names, labels, the container, its ServiceAccount and rights.
 */
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'
import { projectVersion } from '../bundle/project.ts'
import { impersonatorRules } from '../rbac/impersonator.ts'
import { authorityDirectories, containerFields, filled, resourcesOf } from './pods.ts'
import { type InstallValues, settingsOf } from './values.ts'

/** A Kubernetes object that is applied. */
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
  /** SHA-256 of its bundle, bindings and modules (infra/bundle/manifest.ts). */
  readonly hash: string
  readonly rbac: readonly PolicyRule[]
  /** Functions that it calls. */
  readonly calls: readonly string[]
  /** Image that it runs from: the current one, or that of an earlier release if the function has not changed since. */
  readonly image: string
}

/** Annotation that holds the content hash of the function. */
export const HASH_ANNOTATION = 'cloud.kaphera.com/content-hash'
/** Label on everything that belongs to an installation. */
const PART_OF = 'app.kubernetes.io/part-of'
/** Value of that label, and name of the product. */
export const PRODUCT = 'kaphera-cloud-server'
/** Port that every function listens on. */
export const PORT = 8080

/** Port that Prometheus scrapes. No Service exposes it to clients. */
export const METRICS_PORT = 9464
/** Flag that opens it. */
export const METRICS_FLAG: string = `--metrics=*:${METRICS_PORT}`
/** Annotations by which Prometheus usually discovers pods. */
export const SCRAPE_ANNOTATIONS: Readonly<Record<string, string>> = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(METRICS_PORT),
  'prometheus.io/path': '/metrics',
}

/** Label that names the installed release. Not for pod templates: each release would then replace every pod. */
export function versionLabel(): Record<string, string> {
  return { 'app.kubernetes.io/version': projectVersion() }
}

/** Labels of an object. */
export function labels(component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': PRODUCT,
    'app.kubernetes.io/component': component,
    [PART_OF]: PRODUCT,
  }
}

/** Labels and annotations of pods; those of the server win. */
export function podMetadata(
  { podLabels, podAnnotations }: InstallValues,
  component: string,
  annotations: Readonly<Record<string, string>>,
): { readonly labels: Record<string, string>; readonly annotations: Record<string, string> } {
  return { labels: { ...podLabels, ...labels(component) }, annotations: { ...podAnnotations, ...annotations } }
}

/** Environment of the container. */
export function environment(values: InstallValues, more: Readonly<Record<string, string | undefined>> = {}): object[] {
  const variables: Record<string, string | undefined> = {
    ...settingsOf(values),
    // The cluster's CA, in addition to those in the image.
    SSL_CERT_FILE: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    SSL_CERT_DIR: authorityDirectories(values),
    HTTPS_PROXY: values.proxy.url,
    NO_PROXY: values.proxy.noProxy,
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
    ...containerFields(values),
    resources: resourcesOf(values, installed.name),
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

/** Name of a function's ServiceAccount. */
export function accountName(
  { serviceAccounts: { names } }: Pick<InstallValues, 'serviceAccounts'>,
  name: string,
): string {
  return names[name] ?? name
}

/**
 * The ServiceAccount of a function with its ClusterRole, since its objects are in the namespaces of all organizations.
 * @param component - The function. The ServiceAccount, role and binding are named after it
 */
export function account(
  values: Pick<InstallValues, 'namespace' | 'serviceAccounts' | 'rbac'>,
  component: string,
  rules: readonly PolicyRule[],
): Manifest[] {
  const { namespace, serviceAccounts, rbac } = values
  const name = accountName(values, component)
  const role = `${PRODUCT}-${component}`
  const metadata = { name: role, labels: labels(component) }
  const serviceAccount: Manifest = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace,
      labels: labels(component),
      ...filled({ annotations: serviceAccounts.annotations }),
    },
  }
  return [
    ...(serviceAccounts.create ? [serviceAccount] : []),
    ...(rbac.create && rules.length > 0
      ? [
          { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRoleBinding',
            metadata,
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
            subjects: [{ kind: 'ServiceAccount', name, namespace }],
          },
        ]
      : []),
  ]
}
