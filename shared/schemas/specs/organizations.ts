// Generated from infra/crds/cloud.kaphera.com_organizations.yaml by `npm run generate`; do not edit.
import { email } from '../../kind/schema/formats.ts'
import { boolean, integer, list, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

const namespace_ = optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u }))

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const connectors_ = optional(integer({ minimum: 0, maximum: 1000000 }))

/** The `spec` of an Organization. */
export const spec: Schema = object({
  displayName: string({ minLength: 1, maxLength: 128 }),
  legalName: optional(string({ minLength: 1, maxLength: 256 })),
  country: optional(string({ pattern: /^[A-Z]{2}$/u })),
  identifiers: optional(
    list(
      object({
        scheme: oneOf('BPNL', 'LEI', 'VAT', 'DUNS', 'EORI', 'LOCAL'),
        value: string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9][A-Za-z0-9 ./:_-]*$/u }),
      }),
      { maxItems: 16, unique: { scheme: undefined } },
    ),
  ),
  contacts: optional(
    list(
      object({
        role: oneOf('Technical', 'Administrative', 'Legal'),
        name: optional(string({ minLength: 1, maxLength: 128 })),
        email: string({
          minLength: 3,
          maxLength: 254,
          pattern:
            /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/u,
          format: email,
        }),
      }),
      { maxItems: 16 },
    ),
  ),
  roles: optional(list(oneOf('Participant', 'Authority', 'Operator'), { minItems: 1, maxItems: 3, unique: 'set' })),
  namespace: namespace_,
  identityProvider: optional(
    object({
      keycloakOrganizationAlias: optional(string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9._-]+$/u })),
      keycloakOrganizationId: optional(string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9-]+$/u })),
    }),
  ),
  parentRef: optional(object({ name: name_ })),
  defaultCellRef: optional(object({ name: name_, namespace: namespace_ })),
  deploymentModes: optional(list(oneOf('Shared', 'Dedicated', 'Byoc'), { maxItems: 3, unique: 'set' })),
  quotas: optional(
    object({
      connectors: connectors_,
      dataPlanes: connectors_,
      participants: connectors_,
      registryTenants: connectors_,
      members: connectors_,
    }),
  ),
  suspended: optional(boolean()),
  deletionProtection: optional(boolean()),
})
