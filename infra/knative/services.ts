/**
 * The form with Knative: one Service for each function, scaled to zero while nobody asks.
 * @see {@link https://knative.dev/docs/serving/reference/serving-api/}
 * @module
 */
import { createHash } from 'node:crypto'
import {
  account,
  accountRules,
  container,
  environment,
  HASH_ANNOTATION,
  type Installed,
  labels,
  type Manifest,
  METRICS_ARGUMENT,
  PORT,
  SCRAPE_ANNOTATIONS,
} from './objects.ts'
import type { InstallValues } from './values.ts'

/** Seconds that a request may take: more than a watch, which ends itself after 270 s. */
export const TIMEOUT_SECONDS = 300

/** The objects of all functions. */
export function knativeObjects(values: InstallValues, functions: readonly Installed[]): Manifest[] {
  const entries = functions.filter(({ name }) => name !== 'gateway' || values.entry === 'gateway')
  return [
    ...entries.flatMap((installed) => account(values, installed.name, accountRules(values, installed.rbac))),
    ...entries.map((installed) => knativeService(values, installed)),
  ]
}

/** The Knative Service of a function. Its revision is named by what it is made of: the same as long as nothing changes. */
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
        ...labels(name),
        // Only the entry is for the outside.
        ...(name !== 'gateway' && { 'networking.knative.dev/visibility': 'cluster-local' }),
      },
    },
    spec: {
      template: { ...template, metadata: { name: `${name}-${digest(template)}`, ...template.metadata } },
      traffic: [{ latestRevision: true, percent: 100 }],
    },
  }
}

/** Name of the revision that a function gets. */
export function revisionName(values: InstallValues, installed: Installed): string {
  return `${installed.name}-${digest(revisionTemplate(values, installed))}`
}

function digest(template: object): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10)
}

interface RevisionTemplate {
  readonly metadata: { readonly labels: object; readonly annotations: object }
  readonly spec: object
}

function revisionTemplate(values: InstallValues, installed: Installed): RevisionTemplate {
  const { name, hash, calls } = installed
  const args = [
    'serve',
    `/app/workerd/${name}.capnp`,
    'config',
    METRICS_ARGUMENT,
    ...calls.map((other) => `--external-addr=fn-${other}=${functionHost(values, other)}:80`),
  ]
  const env = environment(values, calls.length > 0 ? { FUNCTION_HOST: functionHost(values, '{name}') } : {})
  return {
    metadata: {
      labels: labels(name),
      annotations: {
        [HASH_ANNOTATION]: hash,
        ...SCRAPE_ANNOTATIONS,
        'autoscaling.knative.dev/min-scale': String(values.minScale),
        'autoscaling.knative.dev/max-scale': String(values.maxScale),
      },
    },
    spec: {
      serviceAccountName: name,
      enableServiceLinks: false,
      containerConcurrency: values.concurrency,
      timeoutSeconds: TIMEOUT_SECONDS,
      containers: [
        {
          ...container(values, installed, args, env),
          // Knative fills in the port, and asks as often as it likes while a pod starts.
          readinessProbe: { httpGet: { path: '/healthz', port: 0 }, successThreshold: 1 },
          livenessProbe: { httpGet: { path: '/healthz', port: PORT }, periodSeconds: 20, timeoutSeconds: 5 },
        },
      ],
    },
  }
}

/** Host by which the cluster's ingress knows a function. */
export function functionHost({ namespace }: Pick<InstallValues, 'namespace'>, name: string): string {
  return `${name}.${namespace}.svc.cluster.local`
}
