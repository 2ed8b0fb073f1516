// Generated from infra/crds/cloud.kaphera.com_cells.yaml by `npm run generate`; do not edit.
import { hostname } from '../../kind/schema/formats.ts'
import {
  boolean,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  string,
  type Schema,
} from '../../kind/schema/structural.ts'

const provider_ = optional(
  string({ minLength: 1, maxLength: 64, pattern: /^[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?$/u }),
)

const name_ = string({
  minLength: 1,
  maxLength: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
})

const connectors_ = optional(integer({ minimum: 0, maximum: 1000000 }))

/** The `spec` of a Cell. */
export const spec: Schema = object({
  displayName: optional(string({ minLength: 1, maxLength: 128 })),
  provider: provider_,
  region: provider_,
  kind: oneOf('InCluster', 'RemoteCluster'),
  kubeconfigSecretRef: optional(
    object({ name: name_, key: string({ minLength: 1, maxLength: 253, pattern: /^[-._a-zA-Z0-9]+$/u }) }),
  ),
  dnsZone: optional(
    string({
      minLength: 4,
      maxLength: 253,
      pattern: /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/u,
      format: hostname,
    }),
  ),
  ingress: optional(
    object({
      className: optional(name_),
      annotations: optional(map(string({ maxLength: 1024 }), { maxProperties: 32 })),
    }),
  ),
  certificateIssuerRef: optional(object({ name: name_, kind: oneOf('Issuer', 'ClusterIssuer') })),
  deploymentModes: optional(list(oneOf('Shared', 'Dedicated', 'Byoc'), { maxItems: 3, unique: 'set' })),
  labels: optional(
    map(string({ maxLength: 63, pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/u }), { maxProperties: 32 }),
  ),
  capacity: optional(object({ connectors: connectors_, dataPlanes: connectors_ })),
  cordoned: optional(boolean()),
  allowedOrganizations: optional(
    list(string({ minLength: 1, maxLength: 40, pattern: /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/u }), {
      maxItems: 256,
      unique: 'set',
    }),
  ),
})
