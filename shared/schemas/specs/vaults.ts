// Generated from infra/crds/edc.kaphera.com_vaults.yaml by `npm run generate`; do not edit.
import { uri } from '../../kind/schema/formats.ts'
import { intOrString, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const namespace_ = optional(
  string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9_]([A-Za-z0-9_./-]*[A-Za-z0-9_])?$/u }),
)

const caSecretRef_ = optional(
  object({ name: name_, key: string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u }) }),
)

const role_ = optional(string({ minLength: 1, maxLength: 128, pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/u }))

/** The `spec` of a Vault. */
export const spec: Schema = object({
  mode: oneOf('Managed', 'External'),
  provider: optional(oneOf('HashiCorp', 'OpenBao')),
  cellRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  external: optional(
    object({
      address: string({
        maxLength: 2048,
        pattern:
          /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
        format: uri,
      }),
      namespace: namespace_,
      caSecretRef: caSecretRef_,
      auth: object({
        method: optional(oneOf('Token', 'Kubernetes', 'AppRole', 'Jwt')),
        token: caSecretRef_,
        role: role_,
        roleId: role_,
        secretId: caSecretRef_,
        mountPath: optional(string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/u })),
      }),
    }),
  ),
  managed: optional(
    object({
      replicas: optional(oneOf(1, 3, 5)),
      storageSize: optional(
        intOrString({
          maxLength: 24,
          pattern: /^\+?0*([1-9][0-9]*(\.[0-9]*)?|\.0*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/u,
          minimum: 1,
        }),
      ),
      storageClassName: optional(name_),
      unseal: optional(
        object({
          type: optional(oneOf('Auto', 'Shamir', 'Kms')),
          kmsKeyId: optional(string({ minLength: 1, maxLength: 512, pattern: /^[A-Za-z0-9][A-Za-z0-9_.:/@-]*$/u })),
          credentialsSecretRef: optional(object({ name: name_ })),
        }),
      ),
      version: optional(
        string({ minLength: 5, maxLength: 64, pattern: /^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/u }),
      ),
    }),
  ),
  engines: optional(
    object({ kvMount: namespace_, kvVersion: optional(oneOf(2)), transitMount: namespace_, folder: namespace_ }),
  ),
  deletionPolicy: optional(oneOf('Retain', 'Delete')),
})
