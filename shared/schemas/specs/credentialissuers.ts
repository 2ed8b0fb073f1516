// Generated from infra/crds/edc.kaphera.com_credentialissuers.yaml by `npm run generate`; do not edit.
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

const identityHubRef_ = object({ name: name_ })

const storageSize_ = optional(
  intOrString({
    maxLength: 24,
    pattern: /^\+?0*([1-9][0-9]*(\.[0-9]*)?|\.0*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
    minimum: 1,
  }),
)

const storageClassName_ = optional(name_)

const usernameKey_ = string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u })

const credentialsSecretRefUsernameKey_ = optional(usernameKey_)

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

const issuance_ = optional(
  object({
    type: type_,
    hostname: optional(hostname_),
    className: storageClassName_,
    annotations: annotations_,
    tls: tls_,
  }),
)

const keyAlias_ = optional(
  string({ minLength: 1, maxLength: 253, pattern: /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/u }),
)

const publicUrl_ = optional(
  string({
    maxLength: 2048,
    pattern:
      /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
    format: uri,
  }),
)

const id_ = string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/u })

const claim_ = string({ minLength: 1, maxLength: 256, pattern: /^[A-Za-z_$][A-Za-z0-9_$.\[\]-]*$/u })

/** The `spec` of a CredentialIssuer. */
export const spec: Schema = object({
  did: string({ minLength: 9, maxLength: 1024, pattern: /^did:web:[A-Za-z0-9._:%-]+$/u }),
  hostname: hostname_,
  version: string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u }),
  identityHubRef: optional(identityHubRef_),
  dataspaceRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  vaultRef: identityHubRef_,
  database: optional(
    object({
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
          credentialsSecretRef: object({
            name: name_,
            usernameKey: credentialsSecretRefUsernameKey_,
            passwordKey: credentialsSecretRefUsernameKey_,
          }),
        }),
      ),
    }),
  ),
  replicas: optional(integer({ minimum: 0, maximum: 20 })),
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
      pullSecretRefs: optional(list(identityHubRef_, { maxItems: 8, unique: { name: undefined } })),
    }),
  ),
  exposure: optional(
    object({
      issuance: issuance_,
      statusList: issuance_,
      did: optional(object({ type: type_, className: storageClassName_, annotations: annotations_, tls: tls_ })),
      admin: issuance_,
    }),
  ),
  signing: optional(object({ algorithm: optional(oneOf('EdDSA', 'EC', 'RSA')), keyAlias: keyAlias_ })),
  statusList: optional(
    object({
      type: optional(oneOf('BitstringStatusList', 'StatusList2021')),
      signingKeyAlias: keyAlias_,
      publicUrl: publicUrl_,
    }),
  ),
  attestationSources: optional(
    list(
      object({
        id: id_,
        type: oneOf('database', 'presentation', 'manual', 'webhook'),
        configuration: optional(map(string({ maxLength: 2048 }), { maxProperties: 32 })),
        credentials: optional(
          object({
            secretRef: optional(object({ name: name_, key: usernameKey_ })),
            vaultAlias: optional(string({ minLength: 1, maxLength: 253 })),
          }),
        ),
      }),
      { maxItems: 32, unique: { id: undefined } },
    ),
  ),
  credentialDefinitions: optional(
    list(
      object({
        id: id_,
        credentialType: string({ minLength: 2, maxLength: 128, pattern: /^[A-Z][A-Za-z0-9]+$/u }),
        format: oneOf('vc20-bssl/jwt', 'vc11-sl2021/jwt'),
        validitySeconds: optional(integer({ minimum: 3600, maximum: 315360000 })),
        jsonSchemaUrl: publicUrl_,
        attestations: optional(list(string({ minLength: 1, maxLength: 64 }), { maxItems: 8, unique: 'set' })),
        rules: optional(
          list(
            object({
              type: string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z][A-Za-z0-9._-]*$/u }),
              configuration: object({
                claim: claim_,
                operator: string({ minLength: 1, maxLength: 32, pattern: /^([a-zA-Z][a-zA-Z0-9]*|[=!<>]=?)$/u }),
                value: string({ maxLength: 1024 }),
              }),
            }),
            { maxItems: 8 },
          ),
        ),
        mappings: optional(
          list(object({ input: claim_, output: claim_, required: optional(boolean()) }), {
            maxItems: 32,
            unique: { output: undefined },
          }),
        ),
      }),
      { maxItems: 32, unique: { id: undefined } },
    ),
  ),
})
