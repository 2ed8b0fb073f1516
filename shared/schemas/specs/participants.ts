// Generated from infra/crds/cloud.kaphera.com_participants.yaml by `npm run generate`; do not edit.
import { email, uri } from '../../kind/schema/formats.ts'
import { boolean, integer, list, object, oneOf, optional, string, type Schema } from '../../kind/schema/structural.ts'

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const stsUrl_ = string({
  maxLength: 2048,
  pattern:
    /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
  format: uri,
})

const vaultAlias_ = optional(string({ minLength: 1, maxLength: 253 }))

/** The `spec` of a Participant. */
export const spec: Schema = object({
  displayName: optional(string({ minLength: 1, maxLength: 128 })),
  did: optional(string({ minLength: 1, maxLength: 1024, pattern: /^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/u })),
  bpn: optional(string({ pattern: /^BPNL[0-9A-Z]{12}$/u })),
  participantContextId: optional(string({ minLength: 1, maxLength: 255, pattern: /^[A-Za-z0-9._:%-]+$/u })),
  deploymentMode: optional(oneOf('Shared', 'Dedicated', 'Byoc')),
  cellRef: optional(
    object({
      name: name_,
      namespace: optional(string({ minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u })),
    }),
  ),
  identityHubRef: optional(object({ name: name_ })),
  externalWallet: optional(
    object({
      stsUrl: stsUrl_,
      credentialServiceUrl: stsUrl_,
      clientId: string({ minLength: 1, maxLength: 255 }),
      clientSecret: object({
        secretRef: optional(
          object({ name: name_, key: string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u }) }),
        ),
        vaultAlias: vaultAlias_,
      }),
    }),
  ),
  active: optional(boolean()),
  keys: optional(
    list(
      object({
        id: string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9._-]+$/u }),
        algorithm: optional(oneOf('EdDSA', 'EC', 'RSA')),
        curve: optional(oneOf('Ed25519', 'P-256', 'P-384', 'P-521')),
        usage: optional(
          list(oneOf('sign_token', 'sign_presentation', 'sign_credentials'), {
            minItems: 1,
            maxItems: 3,
            unique: 'set',
          }),
        ),
        privateKeyAlias: vaultAlias_,
        rotationPeriodDays: optional(integer({ minimum: 0, maximum: 3650 })),
      }),
      { maxItems: 16, unique: { id: undefined } },
    ),
  ),
  serviceEndpoints: optional(
    list(
      object({
        id: string({ minLength: 1, maxLength: 128, pattern: /^[A-Za-z0-9._:#%/-]+$/u }),
        type: string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z][A-Za-z0-9]*$/u }),
        url: string({
          maxLength: 2048,
          pattern:
            /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$/u,
          format: uri,
        }),
      }),
      { maxItems: 32, unique: { id: undefined } },
    ),
  ),
  onBehalfOf: optional(
    object({
      legalName: string({ minLength: 1, maxLength: 256 }),
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
  deletionPolicy: optional(oneOf('Retain', 'Delete')),
})
