/**
 * The form without Knative: gateway and all functions in one process, as a Deployment.
 */
import { ingress, podMonitor } from './extras.ts'
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
  METRICS_PORT,
  PORT,
  PRODUCT,
  podMetadata,
  SCRAPE_ANNOTATIONS,
  versionLabel,
} from './objects.ts'
import { filled, podFields } from './pods.ts'
import type { InstallValues } from './values.ts'

/** Seconds after which a pod that is replaced is killed. The server ends within 25; clients resume a watch that takes longer. */
const GRACE_SECONDS = 60

/**
 * Deployment, Service, PodDisruptionBudget, HorizontalPodAutoscaler and NetworkPolicy.
 * @param hash - Hash of all functions together
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
      metadata: { ...metadata, labels: { ...metadata.labels, ...versionLabel() } },
      spec: {
        selector: { matchLabels: selector },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: podMetadata(values, 'server', { [HASH_ANNOTATION]: hash, ...SCRAPE_ANNOTATIONS }),
          spec: {
            serviceAccountName: accountName(values, 'server'),
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
            ...podFields(values),
            containers: [
              {
                ...container(values, { name: 'server', image: values.image }, [METRICS_FLAG], environment(values)),
                // The pod keeps answering until its endpoint is removed, so that no request meets a closed port.
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
      metadata: {
        ...metadata,
        labels: { ...values.serviceLabels, ...metadata.labels },
        ...filled({ annotations: values.serviceAnnotations }),
      },
      spec: { selector, ports: [{ name: 'http', port: 80, targetPort: PORT, appProtocol: 'http' }] },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      // With minAvailable and a single pod, no node could be drained.
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
    ...(values.networkPolicy ? [networkPolicy(values, metadata, selector)] : []),
    ...ingress(values),
    ...podMonitor(values, 'http1'),
  ]
}

/** Ports of API servers and issuers, with TLS. */
const TLS_PORTS: readonly number[] = [443, 6443, 8443]
/** Ports of issuers, proxies and collectors of traces, without TLS. */
const PLAIN_PORTS: readonly number[] = [8080, 80, 4318]

/**
 * Every address but those at which clouds give out credentials of the node, by plain HTTP: link-local ones, which AWS, Azure,
 * Google and others use, and those of Alibaba (100.100.100.200) and of Azure's agents (168.63.129.16). Some network plugins count
 * no pod as an address, so pods have an entry of their own.
 */
const NO_METADATA_SERVICE = [
  { namespaceSelector: {} },
  { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32'] } },
  { ipBlock: { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'] } },
]

/**
 * Allows requests and Prometheus in; DNS, TLS, the proxy, and HTTP to an issuer or collector inside the cluster out. DNS may be
 * at a link-local address (NodeLocal DNSCache). TLS is not limited to addresses, because Cilium counts no node as one, and an API
 * server may be on a node.
 */
function networkPolicy(
  { proxy }: InstallValues,
  metadata: Manifest['metadata'],
  selector: Record<string, string>,
): Manifest {
  const proxyPort = Number(URL.parse(proxy.url ?? '')?.port ?? '')
  const isOwnPort = proxyPort > 0 && ![...TLS_PORTS, ...PLAIN_PORTS].includes(proxyPort)
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
        { ports: [...TLS_PORTS, ...(isOwnPort ? [proxyPort] : [])].map(tcp) },
        { to: NO_METADATA_SERVICE, ports: PLAIN_PORTS.map(tcp) },
      ],
    },
  }
}
