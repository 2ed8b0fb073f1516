// Generated from crds/audit.example.com_auditexports.yaml by `node build.mjs generate`; do not edit.
import {
  boolean,
  integer,
  list,
  object,
  oneOf,
  optional,
  string,
  type Schema,
} from 'kaphera-cloud-server/shared/kind/schema/structural.ts'

/** The `spec` of an AuditExport. */
export const spec: Schema = object({
  destination: string({ maxLength: 2048, pattern: /^https:\/\/[a-z0-9.-]+(:[0-9]+)?(\/[!-~]*)?$/u }),
  format: optional(oneOf('JSON', 'CSV')),
  intervalMinutes: optional(integer({ minimum: 5, maximum: 1440 })),
  reasons: optional(list(string({ maxLength: 128, pattern: /^[A-Z][A-Za-z]*$/u }), { maxItems: 20, unique: 'set' })),
  connectorRef: optional(object({ name: string({ minLength: 1, maxLength: 253 }) })),
  suspended: optional(boolean()),
})
