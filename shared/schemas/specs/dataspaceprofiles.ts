// Generated from infra/crds/cloud.kaphera.com_dataspaceprofiles.yaml by `npm run generate`; do not edit.
import { email, uri } from '../../kind/schema/formats.ts'
import { list, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const item_ = string({
  maxLength: 2048,
  pattern:
    /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
  format: uri,
})

const id_ = string({ minLength: 1, maxLength: 1024, pattern: /^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/u })

const role_ = string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?$/u })

const cellsItem_ = object({
  name: name_,
  namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
})

/** The `spec` of a DataspaceProfile. */
export const spec: Schema = object({
  displayName: optional(string({ minLength: 1, maxLength: 128 })),
  description: optional(string({ maxLength: 2048 })),
  dataspaceId: string({
    minLength: 3,
    maxLength: 512,
    pattern:
      /^(https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?|(urn|did|tag):[A-Za-z0-9]([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)$/u,
    format: uri,
  }),
  authorityRef: object({ name: name_ }),
  protocol: object({
    name: optional(string({ minLength: 1, maxLength: 64, pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/u })),
    version: oneOf('2025-1', '0.8'),
    binding: optional(string({ minLength: 1, maxLength: 32, pattern: /^[A-Z][A-Z0-9-]*$/u })),
    path: optional(string({ minLength: 1, maxLength: 256, pattern: /^\/[A-Za-z0-9._~/-]*$/u })),
    namespace: optional(
      string({
        maxLength: 2048,
        pattern:
          /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
        format: uri,
      }),
    ),
  }),
  jsonLdContextUrls: optional(list(item_, { maxItems: 16 })),
  trustedIssuers: list(
    object({
      id: id_,
      supportedTypes: optional(
        list(string({ minLength: 1, maxLength: 256, pattern: /^(\*|[A-Za-z][A-Za-z0-9._:/#-]*)$/u }), {
          minItems: 1,
          maxItems: 32,
          unique: 'set',
        }),
      ),
    }),
    { minItems: 1, maxItems: 32, unique: { id: undefined } },
  ),
  credentialSpecs: optional(
    list(
      object({
        id: string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9._-]+$/u }),
        type: string({ minLength: 2, maxLength: 128, pattern: /^[A-Z][A-Za-z0-9]+$/u }),
        issuer: id_,
        format: oneOf('vc20-bssl/jwt', 'vc11-sl2021/jwt'),
        role: optional(role_),
      }),
      { maxItems: 32, unique: { id: undefined } },
    ),
  ),
  policyArtifacts: optional(
    list(
      object({
        name: string({ minLength: 1, maxLength: 128 }),
        url: item_,
        sha256: optional(string({ pattern: /^[a-f0-9]{64}$/u })),
      }),
      { maxItems: 32, unique: { name: undefined } },
    ),
  ),
  participantRoles: optional(list(role_, { maxItems: 32, unique: 'set' })),
  onboarding: optional(
    object({
      mode: optional(oneOf('Automatic', 'Approval', 'InviteOnly')),
      termsUrl: optional(item_),
      termsVersion: optional(
        string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/u }),
      ),
      requiredIdentifiers: optional(
        list(oneOf('BPNL', 'LEI', 'VAT', 'DUNS', 'EORI', 'LOCAL'), { maxItems: 6, unique: 'set' }),
      ),
      contactEmail: optional(
        string({
          minLength: 3,
          maxLength: 254,
          pattern:
            /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/u,
          format: email,
        }),
      ),
    }),
  ),
  visibility: optional(oneOf('Private', 'Organizations', 'Public')),
  allowedOrganizations: optional(
    list(string({ minLength: 1, maxLength: 40, pattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/u }), {
      maxItems: 256,
      unique: 'set',
    }),
  ),
  cells: optional(list(cellsItem_, { maxItems: 32 })),
  issuerRef: optional(cellsItem_),
  lifecycle: optional(oneOf('Draft', 'Published', 'Deprecated', 'Retired')),
})
