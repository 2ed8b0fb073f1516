// Generated from infra/crds/edc.kaphera.com_connectors.yaml by `npm run generate`; do not edit.
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

const participantRef_ = object({ name: name_ })

const tokenUrl_ = string({
  maxLength: 2048,
  pattern:
    /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
  format: uri,
})

const key_ = string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u })

const clientSecret_ = object({
  secretRef: optional(object({ name: name_, key: key_ })),
  vaultAlias: optional(string({ minLength: 1, maxLength: 253 })),
})

const divUrl_ = optional(tokenUrl_)

const className_ = optional(name_)

const exposure_ = optional(
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
)

const memory_ = optional(
  intOrString({
    maxLength: 24,
    pattern: /^\+?0*([1-9][0-9]*(\.[0-9]*)?|\.0*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
    minimum: 1,
  }),
)

const requests_ = optional(
  object({
    cpu: optional(
      intOrString({
        maxLength: 24,
        pattern: /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
        minimum: 0,
      }),
    ),
    memory: memory_,
  }),
)

const usernameKey_ = optional(key_)

/** The `spec` of a Connector. */
export const spec: Schema = object({
  distribution: optional(oneOf('Upstream', 'Tractusx', 'Custom')),
  version: string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u }),
  tenancy: optional(oneOf('Dedicated', 'Virtual')),
  participantRef: participantRef_,
  cellRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  identityHubRef: optional(participantRef_),
  vaultRef: participantRef_,
  protocols: optional(list(oneOf('2025-1', '0.8'), { minItems: 1, maxItems: 2, unique: 'set' })),
  dcp: optional(
    object({
      trustedIssuers: optional(
        list(
          object({
            id: string({ minLength: 1, maxLength: 1024, pattern: /^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/u }),
            supportedTypes: optional(
              list(string({ minLength: 1, maxLength: 128, pattern: /^(\*|[A-Za-z][A-Za-z0-9:/#._-]*)$/u }), {
                minItems: 1,
                maxItems: 32,
                unique: 'set',
              }),
            ),
          }),
          { maxItems: 32, unique: { id: undefined } },
        ),
      ),
      sts: optional(
        object({
          tokenUrl: tokenUrl_,
          clientId: string({ minLength: 1, maxLength: 255 }),
          clientSecret: clientSecret_,
          divUrl: divUrl_,
        }),
      ),
      didService: optional(object({ selfRegistration: optional(boolean()) })),
      presentationCache: optional(
        object({ enabled: optional(boolean()), validitySeconds: optional(integer({ minimum: 1, maximum: 604800 })) }),
      ),
    }),
  ),
  bdrs: optional(object({ url: tokenUrl_, cacheValiditySeconds: optional(integer({ minimum: 0, maximum: 86400 })) })),
  managementApi: optional(
    object({
      exposure: exposure_,
      auth: optional(
        object({
          type: optional(oneOf('ApiKey', 'OAuth2')),
          apiKey: optional(clientSecret_),
          jwksUrl: divUrl_,
          issuer: divUrl_,
          audience: optional(string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9._~:/-]+$/u })),
        }),
      ),
    }),
  ),
  protocolApi: optional(object({ exposure: exposure_ })),
  controlPlane: optional(
    object({
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
          pullSecretRefs: optional(list(participantRef_, { maxItems: 8, unique: { name: undefined } })),
        }),
      ),
      logLevel: optional(oneOf('SEVERE', 'WARNING', 'INFO', 'DEBUG')),
    }),
  ),
  database: optional(
    object({
      mode: oneOf('Managed', 'External'),
      managed: optional(
        object({
          storageSize: memory_,
          storageClassName: className_,
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
  ),
  policyValidation: optional(boolean()),
  config: optional(map(string({ maxLength: 2048 }), { maxProperties: 64 })),
  configFrom: optional(list(object({ secretRef: participantRef_ }), { maxItems: 16 })),
  suspended: optional(boolean()),
  deletionPolicy: optional(oneOf('Delete', 'Retain')),
})
