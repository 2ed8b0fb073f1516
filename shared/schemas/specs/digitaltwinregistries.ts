// Generated from infra/crds/enablement.kaphera.com_digitaltwinregistries.yaml by `npm run generate`; do not edit.
import { hostname, uri } from '../../kind/schema/formats.ts'
import {
  boolean,
  integer,
  intOrString,
  list,
  map,
  object,
  oneOf,
  optional,
  string,
  type Schema,
} from '../../kind/schema/structural.ts'

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const hostname_ = string({
  minLength: 4,
  maxLength: 253,
  pattern: /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/u,
  format: hostname,
})

const issuerUrl_ = string({
  maxLength: 2048,
  pattern:
    /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
  format: uri,
})

const audience_ = optional(string({ minLength: 1, maxLength: 255 }))

const fetchSize_ = optional(integer({ minimum: 1, maximum: 5000 }))

const storageClassName_ = optional(name_)

const usernameKey_ = optional(string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u }))

const cpu_ = optional(
  intOrString({
    maxLength: 32,
    pattern: /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
    minimum: 0,
  }),
)

const requests_ = optional(object({ cpu: cpu_, memory: cpu_ }))

const value_ = string({ maxLength: 63, pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/u })

/** The `spec` of a DigitalTwinRegistry. */
export const spec: Schema = object({
  version: optional(string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u })),
  tenancy: optional(oneOf('Shared', 'Dedicated')),
  cellRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  hostname: hostname_,
  urlPrefix: optional(string({ minLength: 1, maxLength: 256, pattern: /^\/[a-z0-9/-]*$/u })),
  aasApiVersion: optional(oneOf('3.0', '3.1')),
  auth: object({ issuerUrl: issuerUrl_, audience: audience_, clientId: audience_, jwksUrl: optional(issuerUrl_) }),
  accessControl: optional(object({ mode: optional(oneOf('ExternalSubjectId', 'Granular')), fetchSize: fetchSize_ })),
  database: object({
    mode: oneOf('Managed', 'External'),
    managed: optional(
      object({
        storageSize: optional(
          intOrString({
            maxLength: 32,
            pattern: /^\+?0*([1-9][0-9]*(\.[0-9]*)?|\.0*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
            minimum: 1,
          }),
        ),
        storageClassName: storageClassName_,
        instances: optional(integer({ minimum: 1, maximum: 3 })),
      }),
    ),
    external: optional(
      object({
        host: name_,
        port: optional(integer({ minimum: 1, maximum: 65535 })),
        database: string({ minLength: 1, maxLength: 63, pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/u }),
        sslMode: optional(oneOf('disable', 'require', 'verify-ca', 'verify-full')),
        credentialsSecretRef: object({ name: name_, usernameKey: usernameKey_, passwordKey: usernameKey_ }),
      }),
    ),
  }),
  replicas: optional(integer({ minimum: 1, maximum: 50, int32: true })),
  autoscaling: optional(
    object({
      minReplicas: optional(integer({ minimum: 1, maximum: 100 })),
      maxReplicas: integer({ minimum: 1, maximum: 100 }),
      targetCPUUtilizationPercentage: optional(integer({ minimum: 1, maximum: 100 })),
      targetMemoryUtilizationPercentage: optional(integer({ minimum: 1, maximum: 100 })),
    }),
  ),
  resources: optional(object({ requests: requests_, limits: requests_ })),
  exposure: optional(
    object({
      type: optional(oneOf('Internal', 'Ingress', 'Gateway')),
      hostname: optional(hostname_),
      className: storageClassName_,
      annotations: optional(map(string({ maxLength: 1024 }), { maxProperties: 32 })),
      tls: optional(
        object({
          enabled: optional(boolean()),
          secretName: storageClassName_,
          issuerRef: optional(object({ name: name_, kind: oneOf('Issuer', 'ClusterIssuer') })),
        }),
      ),
    }),
  ),
  limits: optional(
    object({
      maxTenants: fetchSize_,
      maxShellDescriptorsPerTenant: optional(integer({ minimum: 1, maximum: 100000000 })),
    }),
  ),
  allowedNamespaces: optional(
    object({
      from: optional(oneOf('Same', 'All', 'Selector')),
      selector: optional(
        object({
          matchLabels: optional(map(value_, { maxProperties: 32 })),
          matchExpressions: optional(
            list(
              object({
                key: string({
                  minLength: 1,
                  maxLength: 317,
                  pattern:
                    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/u,
                }),
                operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
                values: optional(list(value_, { maxItems: 32 })),
              }),
              { maxItems: 32 },
            ),
          ),
        }),
      ),
    }),
  ),
})
