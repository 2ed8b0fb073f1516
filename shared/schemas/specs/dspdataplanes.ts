// Generated from infra/crds/enablement.kaphera.com_dspdataplanes.yaml by `npm run generate`; do not edit.
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

/** The `spec` of a DspDataPlane. */
export const spec: Schema = object({
  implementation: optional(oneOf('UpstreamEdc', 'KapheraRust')),
  version: optional(string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u })),
  cellRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  vaultRef: object({ name: name_ }),
  database: optional(
    object({
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
          storageClassName: optional(name_),
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
  ),
  replicas: optional(integer({ minimum: 1, maximum: 100, int32: true })),
  autoscaling: optional(
    object({
      minReplicas: optional(integer({ minimum: 1, maximum: 100 })),
      maxReplicas: integer({ minimum: 1, maximum: 100 }),
      targetCPUUtilizationPercentage: optional(integer({ minimum: 1, maximum: 100 })),
      targetMemoryUtilizationPercentage: optional(integer({ minimum: 1, maximum: 100 })),
    }),
  ),
  resources: optional(object({ requests: requests_, limits: requests_ })),
  hostname: string({
    minLength: 4,
    maxLength: 253,
    pattern: /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/u,
    format: hostname,
  }),
  transferTypes: optional(
    list(
      object({
        transferType: string({ minLength: 6, maxLength: 64, pattern: /^[A-Za-z0-9]+-(PULL|PUSH)(-[A-Za-z0-9]+)?$/u }),
        endpointType: optional(string({ minLength: 1, maxLength: 256, pattern: /^[A-Za-z0-9._:/#-]+$/u })),
        tokenSource: optional(oneOf('Client', 'Provider', 'Dataplane')),
        txRenewal: optional(boolean()),
      }),
      { minItems: 1, maxItems: 32, unique: { transferType: undefined } },
    ),
  ),
  signaling: object({
    jwksUrl: string({
      maxLength: 2048,
      pattern:
        /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
      format: uri,
    }),
    issuer: optional(string({ minLength: 1, maxLength: 512 })),
    audience: string({ minLength: 1, maxLength: 255 }),
    requiredScope: optional(string({ minLength: 1, maxLength: 128, pattern: /^[A-Za-z0-9._:/-]+$/u })),
  }),
  capacity: optional(object({ maxAttachments: optional(integer({ minimum: 1, maximum: 100000 })) })),
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
