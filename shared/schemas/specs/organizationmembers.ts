// Generated from infra/crds/cloud.kaphera.com_organizationmembers.yaml by `npm run generate`; do not edit.
import { dateTime, email } from '../../kind/schema/formats.ts'
import { list, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

/** The `spec` of an OrganizationMember. */
export const spec: Schema = object({
  subject: object({
    kind: oneOf('User', 'ServiceAccount', 'Group'),
    id: optional(string({ minLength: 1, maxLength: 255 })),
    email: optional(
      string({
        minLength: 3,
        maxLength: 254,
        pattern:
          /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/u,
        format: email,
      }),
    ),
  }),
  role: oneOf('owner', 'admin', 'operator', 'viewer'),
  participants: optional(
    list(
      string({
        minLength: 1,
        maxLength: 253,
        pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
      }),
      { minItems: 1, maxItems: 64, unique: 'set' },
    ),
  ),
  expiresAt: optional(string({ format: dateTime })),
})
