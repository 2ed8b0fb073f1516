/**
 * The form with Knative: one Service per function, scaled to zero while there are no requests.
 * @see {@link https://knative.dev/docs/serving/reference/serving-api/}
 */
import { createHash } from 'node:crypto'
import { domainMapping, podMonitor } from './extras.ts'
import {
  account,
  accountName,
  accountRules,
  container,
  environment,
  HASH_ANNOTATION,
  type Installed,
  labels,
  type Manifest,
  METRICS_FLAG,
  PORT,
  podMetadata,
  SCRAPE_ANNOTATIONS,
} from './objects.ts'
import { filled, podFields } from './pods.ts'
import { canonicalJson } from './values/types.ts'
import type { InstallValues } from './values.ts'

/** Seconds that a request may take. A watch ends itself earlier, after 270 s by default. */
export const TIMEOUT_SECONDS = 300

/** The objects of all functions. */
export function knativeObjects(values: InstallValues, functions: readonly Installed[]): Manifest[] {
  const entries = functions.filter(({ name }) => name !== 'gateway' || values.entry === 'gateway')
  return [
    ...entries.flatMap((installed) => account(values, installed.name, accountRules(values, installed.rbac))),
    ...entries.map((installed) => knativeService(values, installed)),
    ...domainMapping(values),
    ...podMonitor(values, 'user-port'),
  ]
}

/** The Knative Service of a function. Its revision is named by its contents, so the name changes only when they do. */
export function knativeService(values: InstallValues, installed: Installed): Manifest {
  const { name } = installed
  const template = revisionTemplate(values, installed)
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: values.namespace,
      labels: {
        ...values.serviceLabels,
        ...labels(name),
        // Only the gateway is visible from outside.
        ...(name !== 'gateway' && { 'networking.knative.dev/visibility': 'cluster-local' }),
      },
      ...filled({ annotations: values.serviceAnnotations }),
    },
    spec: {
      template: { ...template, metadata: { name: `${name}-${digest(template)}`, ...template.metadata } },
      traffic: [{ latestRevision: true, percent: 100 }],
    },
  }
}

/** Name of a function's revision. */
export function revisionName(values: InstallValues, installed: Installed): string {
  return `${installed.name}-${digest(revisionTemplate(values, installed))}`
}

function digest(template: object): string {
  return createHash('sha256').update(canonicalJson(template)).digest('hex').slice(0, 10)
}

interface RevisionTemplate {
  readonly metadata: { readonly labels: object; readonly annotations: object }
  readonly spec: object
}

function revisionTemplate(values: InstallValues, installed: Installed): RevisionTemplate {
  const { name, hash, calls } = installed
  const own = values.functions[name]
  const args = [`--function=${name}`, METRICS_FLAG]
  const env = environment(values, calls.length > 0 ? { FUNCTION_HOST: functionHost(values, '{name}') } : {})
  return {
    metadata: podMetadata(values, name, {
      [HASH_ANNOTATION]: hash,
      ...SCRAPE_ANNOTATIONS,
      'autoscaling.knative.dev/min-scale': String(own?.minScale ?? values.minScale),
      'autoscaling.knative.dev/max-scale': String(own?.maxScale ?? values.maxScale),
    }),
    spec: {
      serviceAccountName: accountName(values, name),
      enableServiceLinks: false,
      ...podFields(values),
      containerConcurrency: values.concurrency,
      timeoutSeconds: TIMEOUT_SECONDS,
      containers: [
        {
          ...container(values, installed, args, env),
          // Knative fills in the port and chooses its own period while a pod starts.
          readinessProbe: { httpGet: { path: '/healthz', port: 0 }, successThreshold: 1 },
          livenessProbe: { httpGet: { path: '/healthz', port: PORT }, periodSeconds: 20, timeoutSeconds: 5 },
        },
      ],
    },
  }
}

/** Host name of a function at the cluster's ingress. */
export function functionHost({ namespace }: Pick<InstallValues, 'namespace'>, name: string): string {
  return `${name}.${namespace}.svc.cluster.local`
}
