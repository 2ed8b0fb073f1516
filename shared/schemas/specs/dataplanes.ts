// Generated from infra/crds/edc.kaphera.com_dataplanes.yaml by `npm run generate`; do not edit.
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

const connectorRef_ = object({ name: name_ })

const namespace_ = string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })

const item_ = string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z][A-Za-z0-9]*$/u })

const requests_ = optional(
  object({
    cpu: optional(
      intOrString({
        maxLength: 24,
        pattern: /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
        minimum: 0,
      }),
    ),
    memory: optional(
      intOrString({
        maxLength: 24,
        pattern: /^\+?0*([1-9][0-9]*(\.[0-9]*)?|\.0*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
        minimum: 1,
      }),
    ),
  }),
)

const className_ = optional(name_)

const signerKeyAlias_ = optional(
  string({ minLength: 1, maxLength: 253, pattern: /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/u }),
)

const refreshEndpoint_ = optional(
  string({
    maxLength: 2048,
    pattern:
      /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
    format: uri,
  }),
)

const value_ = string({ maxLength: 63, pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/u })

/** The `spec` of a DataPlane. */
export const spec: Schema = object({
  connectorRef: connectorRef_,
  mode: optional(oneOf('Dedicated', 'Shared')),
  sharedDataPlaneRef: optional(object({ name: name_, namespace: optional(namespace_) })),
  transferTypes: optional(
    list(string({ minLength: 6, maxLength: 128, pattern: /^[A-Za-z0-9]+-(PULL|PUSH)(-[A-Za-z0-9]+)?$/u }), {
      minItems: 1,
      maxItems: 32,
      unique: 'set',
    }),
  ),
  allowedSourceTypes: optional(list(item_, { minItems: 1, maxItems: 32, unique: 'set' })),
  destinationProvisionTypes: optional(list(item_, { maxItems: 32, unique: 'set' })),
  labels: optional(
    list(string({ minLength: 1, maxLength: 63, pattern: /^[A-Za-z0-9]([A-Za-z0-9._:/-]*[A-Za-z0-9])?$/u }), {
      maxItems: 32,
      unique: 'set',
    }),
  ),
  version: optional(string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u })),
  replicas: optional(integer({ minimum: 0, maximum: 50 })),
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
      pullSecretRefs: optional(list(connectorRef_, { maxItems: 8, unique: { name: undefined } })),
    }),
  ),
  publicApi: optional(
    object({
      type: optional(oneOf('Internal', 'Ingress', 'Gateway')),
      hostname: optional(
        string({
          minLength: 4,
          maxLength: 253,
          pattern: /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/u,
          format: hostname,
        }),
      ),
      className: className_,
      annotations: optional(map(string({ maxLength: 1024 }), { maxProperties: 32 })),
      tls: optional(
        object({
          enabled: optional(boolean()),
          secretName: className_,
          issuerRef: optional(object({ name: name_, kind: oneOf('Issuer', 'ClusterIssuer') })),
        }),
      ),
    }),
  ),
  token: optional(
    object({
      signerKeyAlias: signerKeyAlias_,
      verifierKeyAlias: signerKeyAlias_,
      expirySeconds: optional(integer({ minimum: 30, maximum: 86400 })),
      toleranceSeconds: optional(integer({ minimum: 0, maximum: 300 })),
      refreshEndpoint: refreshEndpoint_,
    }),
  ),
  proxy: optional(
    object({
      enabled: optional(boolean()),
      authKey: optional(
        object({
          secretRef: optional(
            object({ name: name_, key: string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u }) }),
          ),
          vaultAlias: optional(string({ minLength: 1, maxLength: 253 })),
        }),
      ),
    }),
  ),
  storages: optional(
    list(
      object({
        name: namespace_,
        type: oneOf('AmazonS3', 'AzureStorage', 'GoogleStorage'),
        endpoint: refreshEndpoint_,
        region: optional(string({ minLength: 1, maxLength: 64, pattern: /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/u })),
        credentialsSecretRef: connectorRef_,
      }),
      { maxItems: 16, unique: { name: undefined } },
    ),
  ),
  networkPolicy: optional(
    object({
      enabled: optional(boolean()),
      allowedSources: optional(
        list(
          object({
            namespaceSelector: object({
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
          }),
          { maxItems: 16 },
        ),
      ),
    }),
  ),
  suspended: optional(boolean()),
})
