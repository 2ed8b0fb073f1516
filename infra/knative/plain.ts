/**
 * The form without Knative: gateway and all functions in one process, as a Deployment.
 * @module
 */
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
  METRICS_PORT,
  PORT,
  PRODUCT,
  SCRAPE_ANNOTATIONS,
} from './objects.ts'
import type { InstallValues } from './values.ts'

/** Seconds that running requests get when a pod is replaced; a watch that takes longer is resumed by its client. */
const GRACE_SECONDS = 60

/**
 * Deployment, Service, PodDisruptionBudget, HorizontalPodAutoscaler and NetworkPolicy.
 * @param hash - Of all functions together
 */
export function plainObjects(values: InstallValues, functions: readonly Installed[], hash: string): Manifest[] {
  const { namespace } = values
  const selector = { 'app.kubernetes.io/name': PRODUCT, 'app.kubernetes.io/component': 'server' }
  const metadata = { name: PRODUCT, namespace, labels: labels('server') }
  const rules = accountRules(
    values,
    functions.flatMap(({ rbac }) => rbac),
  )
  return [
    ...account(values, 'server', rules),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: selector },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels: labels('server'), annotations: { [HASH_ANNOTATION]: hash, ...SCRAPE_ANNOTATIONS } },
          spec: {
            serviceAccountName: 'server',
            enableServiceLinks: false,
            terminationGracePeriodSeconds: GRACE_SECONDS,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'kubernetes.io/hostname',
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: selector },
              },
            ],
            containers: [
              {
                ...container(values, { name: 'server', image: values.image }, serveAll(), environment(values)),
                // Endpoints go away while the pod is still answering, so that no request meets a closed port.
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector, ports: [{ name: 'http', port: 80, targetPort: PORT, appProtocol: 'http' }] },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      // Not minAvailable: with one pod that would let no node be drained.
      spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: PRODUCT },
        minReplicas: values.replicas,
        maxReplicas: Math.max(values.replicas, values.maxScale),
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
      },
    },
    ...(values.networkPolicy ? [networkPolicy(metadata, selector)] : []),
  ]
}

function serveAll(): string[] {
  return ['serve', '/app/workerd/config.capnp', 'config', METRICS_ARGUMENT]
}

/** Nothing comes in but requests and Prometheus; nothing goes out but DNS and TLS, and HTTP to an issuer inside the cluster. */
function networkPolicy(metadata: Manifest['metadata'], selector: Record<string, string>): Manifest {
  const tcp = (port: number) => ({ protocol: 'TCP', port })
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [tcp(PORT), tcp(METRICS_PORT)] }],
      egress: [
        { ports: [{ protocol: 'UDP', port: 53 }, tcp(53)] },
        { ports: [tcp(443), tcp(6443), tcp(8443), tcp(8080), tcp(80)] },
      ],
    },
  }
}
