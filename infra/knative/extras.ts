/**
 * Objects that only some installations have: a way in, and what tells Prometheus where the metrics are.
 */
import { labels, type Manifest, METRICS_PORT, PRODUCT } from './objects.ts'
import { filled } from './pods.ts'
import { hostOf, type InstallValues } from './values.ts'

/** The way in to the one process, if it is wanted: an Ingress for the host of `publicUrl`. */
export function ingress(values: InstallValues): Manifest[] {
  const { enabled, className, annotations, tlsSecret } = values.ingress
  if (!enabled) return []
  const host = hostOf(values.publicUrl)
  const backend = { service: { name: PRODUCT, port: { name: 'http' } } }
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: PRODUCT, namespace: values.namespace, labels: labels('server'), ...filled({ annotations }) },
      spec: {
        ...filled({ ingressClassName: className }),
        ...(tlsSecret !== undefined && { tls: [{ hosts: [host], secretName: tlsSecret }] }),
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    },
  ]
}

/** The way in to the gateway function, if it is wanted: a DomainMapping for the host of `publicUrl`. */
export function domainMapping(values: InstallValues): Manifest[] {
  const { enabled, annotations, tlsSecret } = values.ingress
  if (!enabled) return []
  const { namespace, publicUrl } = values
  return [
    {
      apiVersion: 'serving.knative.dev/v1beta1',
      kind: 'DomainMapping',
      metadata: { name: hostOf(publicUrl), namespace, labels: labels('gateway'), ...filled({ annotations }) },
      spec: {
        ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'gateway' },
        ...(tlsSecret !== undefined && { tls: { secretName: tlsSecret } }),
      },
    },
  ]
}

/**
 * What tells the Prometheus operator where the metrics are, if it is wanted.
 * @param port - Name of a port that the pods declare. Knative lets them declare only one, so the number is replaced.
 */
export function podMonitor(
  { namespace, podMonitor: { enabled, interval, labels: more } }: InstallValues,
  port: string,
): Manifest[] {
  if (!enabled) return []
  const relabelings = [
    {
      sourceLabels: ['__address__'],
      regex: '(.+):[0-9]+',
      targetLabel: '__address__',
      replacement: `$1:${METRICS_PORT}`,
    },
  ]
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: PRODUCT, namespace, labels: { ...more, ...labels('metrics') } },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': PRODUCT } },
        podMetricsEndpoints: [{ port, path: '/metrics', interval, relabelings }],
      },
    },
  ]
}
