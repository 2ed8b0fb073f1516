// Generated from infra/crds/cloud.kaphera.com_dataspacememberships.yaml by `npm run generate`; do not edit.
import { dateTime } from '../../kind/schema/formats.ts'
import { boolean, list, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const acceptedBy_ = optional(string({ minLength: 1, maxLength: 255 }))

/** The `spec` of a DataspaceMembership. */
export const spec: Schema = object({
  participantRef: object({ name: name_ }),
  dataspaceRef: object({
    name: name_,
    namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
  }),
  roles: optional(
    list(string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?$/u }), {
      maxItems: 32,
      unique: 'set',
    }),
  ),
  termsAcceptance: optional(
    object({
      version: string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/u }),
      acceptedAt: optional(string({ format: dateTime })),
      acceptedBy: acceptedBy_,
    }),
  ),
  credentials: optional(
    list(
      object({
        type: string({ minLength: 2, maxLength: 128, pattern: /^[A-Z][A-Za-z0-9]+$/u }),
        format: oneOf('vc20-bssl/jwt', 'vc11-sl2021/jwt'),
        definitionId: optional(string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9._-]+$/u })),
        autoRenew: optional(boolean()),
      }),
      { maxItems: 32, unique: { type: undefined, format: undefined } },
    ),
  ),
  state: optional(oneOf('Active', 'Suspended')),
  approval: optional(
    object({
      decision: optional(oneOf('Pending', 'Approved', 'Denied')),
      reason: optional(string({ maxLength: 1024 })),
      decidedBy: acceptedBy_,
      decidedAt: optional(string({ format: dateTime })),
    }),
  ),
})
