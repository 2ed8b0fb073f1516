// Generated from infra/crds/edc.kaphera.com_identityhubs.yaml by `npm run generate`; do not edit.
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

const hostname_ = string({
  minLength: 4,
  maxLength: 253,
  pattern: /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/u,
  format: hostname,
})

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const vaultRef_ = object({ name: name_ })

const storageSize_ = optional(
  intOrString({
    maxLength: 24,
    pattern: /^\+?0*([1-9][0-9]*(\.[0-9]*)?|\.0*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
    minimum: 1,
  }),
)

const storageClassName_ = optional(name_)

const usernameKey_ = optional(string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u }))

const requests_ = optional(
  object({
    cpu: optional(
      intOrString({
        maxLength: 24,
        pattern: /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
        minimum: 0,
      }),
    ),
    memory: storageSize_,
  }),
)

const type_ = optional(oneOf('Internal', 'Ingress', 'Gateway'))

const annotations_ = optional(map(string({ maxLength: 1024 }), { maxProperties: 32 }))

const tls_ = optional(
  object({
    enabled: optional(boolean()),
    secretName: storageClassName_,
    issuerRef: optional(object({ name: name_, kind: oneOf('Issuer', 'ClusterIssuer') })),
  }),
)

const identity_ = optional(
  object({
    type: type_,
    hostname: optional(hostname_),
    className: storageClassName_,
    annotations: annotations_,
    tls: tls_,
  }),
)

const issuer_ = string({
  maxLength: 2048,
  pattern:
    /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
  format: uri,
})

const value_ = string({ maxLength: 63, pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/u })

/** The `spec` of an IdentityHub. */
export const spec: Schema = object({
  mode: optional(oneOf('Dedicated', 'Shared')),
  version: string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u }),
  hostname: hostname_,
  didPath: optional(
    string({
      minLength: 1,
      maxLength: 255,
      pattern: /^\/([A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$/u,
    }),
  ),
  cellRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  vaultRef: vaultRef_,
  database: object({
    mode: oneOf('Managed', 'External'),
    managed: optional(
      object({
        storageSize: storageSize_,
        storageClassName: storageClassName_,
        instances: optional(integer({ minimum: 1, maximum: 3 })),
      }),
    ),
    external: optional(
      object({
        host: string({ minLength: 1, maxLength: 253, pattern: /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/u }),
        port: optional(integer({ minimum: 1, maximum: 65535 })),
        database: string({ minLength: 1, maxLength: 63, pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/u }),
        sslMode: optional(oneOf('disable', 'require', 'verify-ca', 'verify-full')),
        credentialsSecretRef: object({ name: name_, usernameKey: usernameKey_, passwordKey: usernameKey_ }),
      }),
    ),
  }),
  replicas: optional(integer({ minimum: 0, maximum: 20 })),
  autoscaling: optional(
    object({
      minReplicas: optional(integer({ minimum: 1, maximum: 100 })),
      maxReplicas: integer({ minimum: 1, maximum: 100 }),
      targetCPUUtilizationPercentage: optional(integer({ minimum: 1, maximum: 100 })),
      targetMemoryUtilizationPercentage: optional(integer({ minimum: 1, maximum: 100 })),
    }),
  ),
  resources: optional(object({ requests: requests_, limits: requests_ })),
  image: optional(
    object({
      repository: optional(
        string({
          minLength: 1,
          maxLength: 255,
          pattern: /^[a-z0-9]+([._-][a-z0-9]+)*(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/u,
        }),
      ),
      tag: optional(string({ minLength: 1, maxLength: 128, pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/u })),
      digest: optional(string({ maxLength: 71, pattern: /^sha256:[a-f0-9]{64}$/u })),
      pullPolicy: optional(oneOf('IfNotPresent', 'Always', 'Never')),
      pullSecretRefs: optional(list(vaultRef_, { maxItems: 8, unique: { name: undefined } })),
    }),
  ),
  exposure: optional(
    object({
      identity: identity_,
      credentials: identity_,
      did: optional(object({ type: type_, className: storageClassName_, annotations: annotations_, tls: tls_ })),
      sts: identity_,
    }),
  ),
  api: optional(
    object({
      auth: object({
        issuer: issuer_,
        jwksUrl: issuer_,
        audience: string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9._~:/-]+$/u }),
      }),
    }),
  ),
  keyDefaults: optional(
    object({
      algorithm: optional(oneOf('EdDSA', 'EC', 'RSA')),
      curve: optional(oneOf('Ed25519', 'P-256', 'P-384', 'P-521')),
      rotationPeriodDays: optional(integer({ minimum: 0, maximum: 3650 })),
      storage: optional(oneOf('Vault', 'VaultTransit')),
    }),
  ),
  credentials: optional(
    object({
      renewalGraceSeconds: optional(integer({ minimum: 0, maximum: 31536000 })),
      revocationCheck: optional(boolean()),
    }),
  ),
  sts: optional(
    object({ enabled: optional(boolean()), tokenTtlSeconds: optional(integer({ minimum: 30, maximum: 86400 })) }),
  ),
  allowedNamespaces: optional(
    object({
      from: optional(oneOf('Same', 'All', 'Selector')),
      selector: optional(
        object({
          matchLabels: optional(map(value_, { maxProperties: 16 })),
          matchExpressions: optional(
            list(
              object({
                key: string({
                  minLength: 1,
                  maxLength: 316,
                  pattern:
                    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/u,
                }),
                operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
                values: optional(list(value_, { minItems: 1, maxItems: 16 })),
              }),
              { maxItems: 16 },
            ),
          ),
        }),
      ),
    }),
  ),
})
