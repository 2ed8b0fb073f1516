/**
 * The form with Knative: one Service for each function, scaled to zero while nobody asks.
 * @see {@link https://knative.dev/docs/serving/reference/serving-api/}
 * @module
 */
import { account, container, environment, HASH_ANNOTATION, type Installed, labels, type Manifest } from './objects.ts'
import type { InstallValues } from './values.ts'

/** Seconds that a request may take: more than a watch, which ends itself after 270 s. */
const TIMEOUT_SECONDS = 300

/** The objects of all functions. */
export function knativeObjects(values: InstallValues, functions: readonly Installed[]): Manifest[] {
  const entries = functions.filter(({ name }) => name !== 'gateway' || values.entry === 'gateway')
  return [
    ...entries.flatMap((installed) => account(values, installed.name, installed.rbac)),
    ...entries.map((installed) => knativeService(values, installed, functions)),
  ]
}

/** Name of the revision that a function has: the same as long as the function is the same. */
export function revisionName({ name, hash }: Pick<Installed, 'name' | 'hash'>): string {
  return `${name}-${hash.slice(0, 10)}`
}

/** The Knative Service of a function. */
export function knativeService(values: InstallValues, installed: Installed, functions: readonly Installed[]): Manifest {
  const { name, hash } = installed
  const isEntry = name === 'gateway'
  const others = isEntry ? functions.filter((other) => other.name !== name) : []
  const host = `%s.${values.namespace}.svc.cluster.local`
  const args = [
    'serve',
    `/app/workerd/${name}.capnp`,
    'config',
    '--socket-addr=http=*:8080',
    ...others.map((other) => `--external-addr=fn-${other.name}=${host.replace('%s', other.name)}:80`),
  ]
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: values.namespace,
      labels: {
        ...labels(name),
        // Only the entry is for the outside.
        ...(!isEntry && values.entry === 'gateway' && { 'networking.knative.dev/visibility': 'cluster-local' }),
      },
    },
    spec: {
      template: {
        metadata: {
          name: revisionName(installed),
          labels: labels(name),
          annotations: {
            [HASH_ANNOTATION]: hash,
            'autoscaling.knative.dev/min-scale': String(values.minScale),
            'autoscaling.knative.dev/max-scale': String(values.maxScale),
          },
        },
        spec: {
          serviceAccountName: name,
          enableServiceLinks: false,
          containerConcurrency: values.concurrency,
          timeoutSeconds: TIMEOUT_SECONDS,
          containers: [knativeContainer(values, installed, args)],
        },
      },
      traffic: [{ latestRevision: true, percent: 100 }],
    },
  }
}

function knativeContainer(values: InstallValues, installed: Installed, args: string[]): object {
  const host = installed.name === 'gateway' ? `{name}.${values.namespace}.svc.cluster.local` : undefined
  const whole = container(values, installed, args, environment(values, { FUNCTION_HOST: host })) as Record<
    string,
    unknown
  >
  // Knative names the port itself and answers for the period of readiness probes.
  return {
    ...whole,
    readinessProbe: { httpGet: { path: '/healthz', port: 0 }, successThreshold: 1 },
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 20, timeoutSeconds: 5 },
  }
}
