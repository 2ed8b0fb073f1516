/**
 * The values of an installation: `render`, `deploy` and the Helm chart have the same.
 */
import * as v from 'valibot'
import { KUBE_IDENTITIES } from '../../../shared/kube/identity.ts'
import {
  address,
  flag,
  image,
  issuer,
  label,
  map,
  maps,
  nonEmpty,
  objectName,
  oneOf,
  openTelemetry,
  origin,
  origins,
  policy,
  proxyAddress,
  quantity,
  rate,
  setting,
  text,
  texts,
  whole,
} from './types.ts'

/** What a function may use. A function that says nothing of a resource uses what the installation says. */
const someResources = v.strictObject({
  requests: v.optional(v.strictObject({ cpu: v.optional(quantity), memory: v.optional(quantity) })),
  limits: v.optional(v.strictObject({ cpu: v.optional(quantity), memory: v.optional(quantity) })),
})

/** The values, their rules and defaults. Keys of `--set` are their paths, e.g. `oidc.issuer`. */
export const Fields = v.strictObject({
  /** Namespace that everything is installed in. */
  namespace: v.optional(label, 'kaphera-cloud-server'),
  /** Image with its digest. */
  image,
  imagePullPolicy: v.optional(oneOf('IfNotPresent', 'Always', 'Never'), 'IfNotPresent'),
  imagePullSecrets: v.optional(v.array(v.strictObject({ name: objectName })), []),
  /** URL under which clients reach the API. */
  publicUrl: origin,
  oidc: v.strictObject({
    issuer,
    audience: nonEmpty,
    /** Address of the issuer inside the cluster, if it differs from the one that clients use. */
    discoveryUrl: v.optional(address),
    jwksUrl: v.optional(address),
    /** Scopes that the clients below ask for. */
    scopes: v.optional(text),
    cliClientId: v.optional(text),
    consoleClientId: v.optional(text),
  }),
  /** AUTH_POLICY. */
  authPolicy: v.optional(policy),
  platformNamespace: v.optional(label, 'kaphera-system'),
  kubeIdentity: v.optional(oneOf(...KUBE_IDENTITIES), 'function'),
  /** For `kubeIdentity: impersonate`: `constrained` needs Kubernetes 1.36; older clusters support only `any`. */
  kubeImpersonation: v.optional(oneOf('constrained', 'any'), 'any'),
  corsOrigins: v.optional(origins),
  rateLimit: v.optional(rate),
  requestsInProgress: v.optional(setting('REQUESTS_IN_PROGRESS')),
  requestsPerCaller: v.optional(setting('REQUESTS_PER_CALLER')),
  watchSeconds: v.optional(setting('WATCH_SECONDS')),
  kubeTimeoutMs: v.optional(setting('KUBE_TIMEOUT_MS')),
  kubeDeadlines: v.optional(setting('KUBE_DEADLINES')),
  listScanLimit: v.optional(setting('LIST_SCAN_LIMIT')),
  /** Settings of OpenTelemetry. Secret headers belong in `envFrom`. */
  otel: v.optional(openTelemetry, {}),
  /** Settings from Secrets and ConfigMaps. Those that have a value here win. */
  envFrom: v.optional(
    v.array(
      v.union(
        [
          v.strictObject({ secretRef: v.strictObject({ name: objectName }) }),
          v.strictObject({ configMapRef: v.strictObject({ name: objectName }) }),
        ],
        'must have secretRef.name or configMapRef.name',
      ),
    ),
    [],
  ),
  /** Proxy for requests to issuers. */
  proxy: v.optional(v.strictObject({ url: v.optional(proxyAddress), noProxy: v.optional(text) }), {}),
  /** ConfigMap whose keys `*.crt` and `*.pem` have further authorities for issuers. */
  caConfigMap: v.optional(objectName),
  /** How requests come in: through the gateway function, or through HTTPRoutes straight to the functions. */
  entry: v.optional(oneOf('gateway', 'httproute'), 'gateway'),
  /** For `entry: httproute`: the Gateway of the routes, and the Service of Knative's ingress inside the cluster. */
  gateway: v.optional(
    v.strictObject({
      name: v.optional(label, 'gateway'),
      namespace: v.optional(label),
      backend: v.optional(
        v.strictObject({
          name: v.optional(label, 'kourier-internal'),
          namespace: v.optional(label, 'kourier-system'),
          port: v.optional(whole(1, 65535), 80),
        }),
        {},
      ),
    }),
    {},
  ),
  /** An Ingress for the host of `publicUrl`; with Knative a DomainMapping, which has no class. */
  ingress: v.optional(
    v.strictObject({
      enabled: v.optional(flag, false),
      className: v.optional(label),
      annotations: v.optional(texts, {}),
      tlsSecret: v.optional(objectName),
    }),
    {},
  ),
  /** Pods of a function: at least, and at most. */
  minScale: v.optional(whole(0, 100), 0),
  maxScale: v.optional(whole(1, 1000), 10),
  /** Requests that a pod handles at the same time. */
  concurrency: v.optional(whole(1, 1000), 100),
  /** For the form without Knative. */
  replicas: v.optional(whole(1, 100), 2),
  resources: v.optional(
    v.strictObject({
      requests: v.optional(
        v.strictObject({ cpu: v.optional(quantity, '25m'), memory: v.optional(quantity, '64Mi') }),
        {},
      ),
      limits: v.optional(v.strictObject({ cpu: v.optional(quantity, '1'), memory: v.optional(quantity, '256Mi') }), {}),
    }),
    {},
  ),
  /** For Knative: what differs for some functions, by name. */
  functions: v.optional(
    v.record(
      label,
      v.strictObject({
        resources: v.optional(someResources, {}),
        minScale: v.optional(whole(0, 100)),
        maxScale: v.optional(whole(1, 1000)),
      }),
      'must be a map of functions',
    ),
    {},
  ),
  /** Where pods run. With Knative the cluster must allow these fields (`config-features`). */
  nodeSelector: v.optional(texts, {}),
  tolerations: v.optional(maps, []),
  affinity: v.optional(map, {}),
  topologySpreadConstraints: v.optional(maps, []),
  priorityClassName: v.optional(objectName),
  podLabels: v.optional(texts, {}),
  podAnnotations: v.optional(texts, {}),
  serviceLabels: v.optional(texts, {}),
  serviceAnnotations: v.optional(texts, {}),
  /** ServiceAccounts by function; the form without Knative has one, `server`. */
  serviceAccounts: v.optional(
    v.strictObject({
      create: v.optional(flag, true),
      annotations: v.optional(texts, {}),
      /** Names that differ from that of the function. */
      names: v.optional(v.record(label, objectName), {}),
    }),
    {},
  ),
  /** Whether ClusterRoles and their bindings are part of the installation. */
  rbac: v.optional(v.strictObject({ create: v.optional(flag, true) }), {}),
  /** A PodMonitor for the Prometheus operator. */
  podMonitor: v.optional(
    v.strictObject({
      enabled: v.optional(flag, false),
      interval: v.optional(v.pipe(text, v.regex(/^[0-9]+(ms|s|m)$/, 'must be a time such as 30s')), '30s'),
      labels: v.optional(texts, {}),
    }),
    {},
  ),
  /** Whether a NetworkPolicy is part of the form without Knative. */
  networkPolicy: v.optional(flag, true),
})
