// Generated from infra/crds/enablement.kaphera.com_digitaltwinregistrytenants.yaml by `npm run generate`; do not edit.
import { uri } from '../../kind/schema/formats.ts'
import { boolean, integer, list, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const participantRef_ = object({ name: name_ })

const assetId_ = optional(string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9._:/#%-]+$/u }))

/** The `spec` of a DigitalTwinRegistryTenant. */
export const spec: Schema = object({
  registryRef: object({
    name: name_,
    namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
  }),
  participantRef: participantRef_,
  tenantId: optional(string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9._-]+$/u })),
  connectorRef: optional(participantRef_),
  publish: optional(
    object({
      enabled: optional(boolean()),
      assetId: assetId_,
      assetType: optional(
        string({
          minLength: 3,
          maxLength: 512,
          pattern:
            /^(https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?|urn:[A-Za-z0-9]([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)$/u,
          format: uri,
        }),
      ),
      policyId: assetId_,
    }),
  ),
  externalSubjectIdWildcard: optional(
    object({
      prefix: optional(string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9_-]+$/u })),
      allowedTypes: optional(
        list(string({ minLength: 1, maxLength: 128, pattern: /^[A-Za-z0-9._:/#-]+$/u }), {
          maxItems: 32,
          unique: 'set',
        }),
      ),
    }),
  ),
  quota: optional(object({ maxShellDescriptors: optional(integer({ minimum: 1, maximum: 100000000 })) })),
  suspended: optional(boolean()),
  deletionPolicy: optional(oneOf('Retain', 'Delete')),
})
